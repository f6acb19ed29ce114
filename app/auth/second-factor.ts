import { createHash, randomBytes } from "node:crypto";
import { Secret, TOTP } from "otpauth";
import { encode } from "uqr";
import type { PrismaClient } from "../../prisma/client/client";
import type { SecretBox } from "../platform/secret-box";

/** What authenticator apps expect: SHA-1, six digits, a new code every 30 seconds. */
const CODE = { algorithm: "SHA1", digits: 6, period: 30 } as const;
const ISSUER = "Tidemark";
const SECRET_BYTES = 20;
/** Codes of one step before and after are accepted too: clocks differ, and people take time to type. */
const STEPS_AROUND = 1;
const RECOVERY_CODES = 10;
/** A set-up that is not finished by then, ms, lapses: who finds the browser open later must not finish it. */
const SET_UP_MS = 15 * 60_000;
/** 80 bits, so that a plain hash keeps them: none can be found by trying. */
const RECOVERY_BYTES = 10;

/** The purpose of the box that seals the secrets. */
export const SECOND_FACTOR_BOX = "second factor";

/** The state of a user's second factor. */
export type SecondFactorState =
  | { state: "off" }
  /** The app has not been confirmed with a code yet. The QR code is for scanning, the secret for typing. */
  | { state: "pending"; secret: string; qrCode: QrCode }
  | { state: "on"; since: Date; recoveryCodes: number };

/** The dark squares of a QR code, as the path of an SVG with `size` units a side. */
export interface QrCode {
  size: number;
  path: string;
}

export type CodeCheck = "app" | "recovery code" | "wrong";

/** Codes of an authenticator app (TOTP, RFC 6238), and recovery codes for people who lost theirs. */
export interface SecondFactors {
  stateOf(user: { id: number; email: string }): Promise<SecondFactorState>;
  isOn(userId: number): Promise<boolean>;
  /** Makes a secret for a new app; one that was not confirmed is replaced. @returns false if there is a confirmed one. */
  begin(userId: number): Promise<boolean>;
  /** Confirms the app with its first code. @returns recovery codes, which are shown once; null if the code is wrong. */
  confirm(userId: number, code: string): Promise<string[] | null>;
  /** Checks a code of the app or a recovery code, and uses it up: no code works twice. */
  check(userId: number, code: string): Promise<CodeCheck>;
  /** Replaces the recovery codes. */
  renewRecoveryCodes(userId: number): Promise<string[]>;
  /** Switches the second factor off, or ends its set-up. */
  remove(userId: number): Promise<void>;
}

/** `box` seals the secrets. `now`: Unix ms. */
export function createSecondFactors(db: PrismaClient, box: SecretBox, now = Date.now): SecondFactors {
  const totpOf = (secret: string, email = "") =>
    new TOTP({ ...CODE, issuer: ISSUER, label: email, secret: Secret.fromBase32(secret) });

  /** The step that a code belongs to; null if the code is wrong. */
  function stepOf(sealed: string, code: string): number | null {
    const timestamp = now();
    const delta = totpOf(box.open(sealed)).validate({ token: code, timestamp, window: STEPS_AROUND });
    return delta === null ? null : TOTP.counter({ period: CODE.period, timestamp }) + delta;
  }

  const hasLapsed = (row: { confirmedAt: Date | null; createdAt: Date }) =>
    row.confirmedAt === null && now() - row.createdAt.getTime() > SET_UP_MS;

  /** Only one of several requests with the same code gets through: the step is taken in one statement. */
  const takeStep = async (userId: number, step: number, data: { confirmedAt?: Date } = {}) =>
    (
      await db.secondFactor.updateMany({
        where: { userId, lastStep: { lt: step } },
        data: { ...data, lastStep: step },
      })
    ).count === 1;

  async function renewRecoveryCodes(userId: number) {
    const codes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
    await db.$transaction([
      db.recoveryCode.deleteMany({ where: { userId } }),
      db.recoveryCode.createMany({ data: codes.map((code) => ({ userId, hash: hashOf(userId, code) })) }),
    ]);
    return codes;
  }

  async function checkRecoveryCode(userId: number, code: string): Promise<CodeCheck> {
    const { count } = await db.recoveryCode.updateMany({
      where: { userId, hash: hashOf(userId, code), usedAt: null },
      data: { usedAt: new Date(now()) },
    });
    return count === 1 ? "recovery code" : "wrong";
  }

  return {
    async stateOf({ id, email }) {
      const row = await db.secondFactor.findUnique({
        where: { userId: id },
        include: { _count: { select: { recoveryCodes: { where: { usedAt: null } } } } },
      });
      if (!row || hasLapsed(row)) return { state: "off" };
      if (row.confirmedAt)
        return { state: "on", since: row.confirmedAt, recoveryCodes: row._count.recoveryCodes };
      const secret = box.open(row.secret);
      return { state: "pending", secret, qrCode: drawQrCode(totpOf(secret, email).toString()) };
    },

    async isOn(userId) {
      return (await db.secondFactor.count({ where: { userId, confirmedAt: { not: null } } })) > 0;
    },

    async begin(userId) {
      const secret = box.seal(new Secret({ size: SECRET_BYTES }).base32);
      const { count } = await db.secondFactor.updateMany({
        where: { userId, confirmedAt: null },
        data: { secret, createdAt: new Date(now()) },
      });
      if (count > 0) return true;
      const created = await db.secondFactor.createMany({
        data: { userId, secret, createdAt: new Date(now()) },
        skipDuplicates: true,
      });
      return created.count === 1;
    },

    async confirm(userId, code) {
      const row = await db.secondFactor.findUnique({ where: { userId, confirmedAt: null } });
      const step = row && !hasLapsed(row) && stepOf(row.secret, digitsOf(code));
      if (!step || !(await takeStep(userId, step, { confirmedAt: new Date(now()) }))) return null;
      return renewRecoveryCodes(userId);
    },

    async check(userId, code) {
      const digits = digitsOf(code);
      if (!/^\d{6}$/.test(digits)) return checkRecoveryCode(userId, code);
      const row = await db.secondFactor.findUnique({ where: { userId, confirmedAt: { not: null } } });
      const step = row && stepOf(row.secret, digits);
      return step && (await takeStep(userId, step)) ? "app" : "wrong";
    },

    renewRecoveryCodes,

    async remove(userId) {
      await db.secondFactor.deleteMany({ where: { userId } });
    },
  };
}

/** Rows per statement. */
const SEALED_AT_ONCE = 500;

/** Seals again what an earlier SESSION_SECRET sealed, so that it can be removed. @returns how many secrets there were. */
export async function resealSecondFactors(db: PrismaClient, box: SecretBox): Promise<number> {
  let resealed = 0;
  for (let after = 0; ; ) {
    const rows = await db.secondFactor.findMany({
      where: { userId: { gt: after } },
      orderBy: { userId: "asc" },
      take: SEALED_AT_ONCE,
      select: { userId: true, secret: true },
    });
    for (const { userId, secret } of rows) {
      const renewed = box.renew(secret);
      // One that was set up anew meanwhile is sealed with the newest.
      if (renewed !== null)
        resealed += (
          await db.secondFactor.updateMany({ where: { userId, secret }, data: { secret: renewed } })
        ).count;
    }
    const last = rows.at(-1);
    if (!last || rows.length < SEALED_AT_ONCE) return resealed;
    after = last.userId;
  }
}

function drawQrCode(text: string): QrCode {
  // A quiet zone of four modules, as the standard asks.
  const { size, data } = encode(text, { border: 4 });
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : [])));
  return { size, path: path.join("") };
}

/** Apps show "123 456", and people type it so. */
const digitsOf = (code: string) => code.replace(/\s/g, "");

/** Sixteen letters and digits in groups of four. */
const newRecoveryCode = () =>
  (
    new Secret({ buffer: new Uint8Array(randomBytes(RECOVERY_BYTES)).buffer }).base32
      .toLowerCase()
      .match(/.{4}/g) ?? []
  ).join("-");

const hashOf = (userId: number, code: string) =>
  createHash("sha256")
    .update(`${userId} ${code.toLowerCase().replace(/[^a-z0-9]/g, "")}`)
    .digest();
