import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/** The layout: version, 12 bytes of nonce, 16 bytes of tag, ciphertext. Another layout or cipher gets another version. */
const VERSION = 1;
const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES + TAG_BYTES;

/** Encrypts the secrets that Tidemark must be able to read again, so that a dump of the database does not contain them. */
export interface SecretBox {
  /** @returns the text, encrypted and authenticated, in base64url. Each call gives another result. */
  seal(text: string): string;
  /** @throws CannotOpen if no key of this box sealed it, or it was changed. */
  open(sealed: string): string;
  /**
   * The same text, sealed with the newest key; null if it is already, or if no key of this box opens it: whoever needs it then reports
   * that.
   */
  renew(sealed: string): string | null;
}

/** A sealed text that cannot be read. The message is one line for an operator and contains nothing of the text. */
export class CannotOpen extends Error {
  override name = "CannotOpen";
}

/**
 * A box for one purpose. Its keys are derived from SESSION_SECRET, so there is no second secret to keep; `purpose` separates
 * them, so that a sealed text of one table opens in no other. `secrets`: the newest first, which seals; all of them open, so that
 * SESSION_SECRET can be replaced ("new,old") without losing what the old one sealed.
 */
export function createSecretBox(secrets: readonly string[], purpose: string): SecretBox {
  const keys = secrets.map((secret) =>
    Buffer.from(hkdfSync("sha256", secret, "tidemark", `secret-box ${purpose} v${VERSION}`, 32)),
  );
  const [newest] = keys;
  if (!newest) throw new RangeError("A secret box needs at least one secret.");

  const box: SecretBox = {
    seal(text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, newest, nonce);
      cipher.setAAD(Buffer.of(VERSION));
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), body]).toString("base64url");
    },

    open(sealed) {
      const bytes = Buffer.from(sealed, "base64url");
      if (bytes.length < HEADER_BYTES || bytes[0] !== VERSION)
        throw new CannotOpen(`This is not a secret that was sealed with version ${VERSION}.`);
      for (const key of keys) {
        const text = decrypt(key, bytes);
        if (text !== null) return text;
      }
      throw new CannotOpen(
        "This secret was sealed with another SESSION_SECRET, or it was changed. Add the previous secret: SESSION_SECRET=new,old.",
      );
    },

    renew(sealed) {
      const bytes = Buffer.from(sealed, "base64url");
      if (bytes.length < HEADER_BYTES || bytes[0] !== VERSION || decrypt(newest, bytes) !== null) return null;
      for (const key of keys) {
        const text = decrypt(key, bytes);
        if (text !== null) return box.seal(text);
      }
      return null;
    },
  };
  return box;
}

/** Null if the key does not fit, or the bytes were changed: GCM cannot tell the two apart. */
function decrypt(key: Buffer, bytes: Buffer): string | null {
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(1, 1 + NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(bytes.subarray(0, 1));
  decipher.setAuthTag(bytes.subarray(1 + NONCE_BYTES, HEADER_BYTES));
  const start = decipher.update(bytes.subarray(HEADER_BYTES));
  try {
    return Buffer.concat([start, decipher.final()]).toString("utf8");
  } catch {
    return null;
  }
}
