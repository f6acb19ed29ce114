import { createSecretBox, type SecretBox } from "~/platform/secret-box";
import type { PrismaClient } from "../../prisma/client/client";
import { INBOX_KIND } from "./channel-kinds/all-kinds";

/** Before a sealed value in `AlertChannel.url` and `.secret`. Versions before stored both as they are. */
const SEALED = "sealed:";

/** Encrypts what would let a thief of the database speak as us, or to our channels: their addresses and signing secrets. */
export interface ChannelSecrets {
  seal(text: string): string;
  /** Reads a stored value, sealed or of a version before. @throws CannotOpen when another SESSION_SECRET sealed it. */
  open(stored: string): string;
  /** What should be stored in place of it: sealed, with the newest secret; null if it is so already, or cannot be opened. */
  renew(stored: string): string | null;
}

/** `secrets`: SESSION_SECRET, the newest first. */
export function createChannelSecrets(secrets: readonly string[]): ChannelSecrets {
  const box: SecretBox = createSecretBox(secrets, "alert channel");
  return {
    seal: (text) => SEALED + box.seal(text),
    open: (stored) => (isSealed(stored) ? box.open(stored.slice(SEALED.length)) : stored),
    renew(stored) {
      if (!isSealed(stored)) return SEALED + box.seal(stored);
      const renewed = box.renew(stored.slice(SEALED.length));
      return renewed === null ? null : SEALED + renewed;
    },
  };
}

const isSealed = (stored: string) => stored.startsWith(SEALED);

/**
 * Seals what versions before stored as it was, and again what an earlier SESSION_SECRET sealed. Removed channels and the inbox have nothing to
 * seal.
 * Safe to run twice, or in two workers: a row that has changed meanwhile is left alone. @returns how many channels were sealed.
 */
export async function sealChannels(db: PrismaClient, secrets: ChannelSecrets): Promise<number> {
  const channels = await db.alertChannel.findMany({
    where: { removedAt: null, kind: { not: INBOX_KIND } },
    select: { id: true, url: true, secret: true },
  });
  let sealed = 0;
  for (const { id, url, secret } of channels) {
    const renewed = { url: secrets.renew(url), secret: secret === null ? null : secrets.renew(secret) };
    if (renewed.url === null && renewed.secret === null) continue;
    sealed += (
      await db.alertChannel.updateMany({
        where: { id, url, secret, removedAt: null },
        data: { url: renewed.url ?? url, secret: renewed.secret ?? secret },
      })
    ).count;
  }
  return sealed;
}
