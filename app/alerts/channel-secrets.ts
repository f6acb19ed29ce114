import { createSecretBox, type SecretBox } from "~/platform/secret-box";
import type { PrismaClient } from "../../prisma/client/client";

/** Before a sealed value in `AlertChannel.url` and `.secret`. Versions before stored both as they are. */
const SEALED = "sealed:";

/** Encrypts what would let a thief of the database speak as us, or to our channels: their addresses and signing secrets. */
export interface ChannelSecrets {
  seal(text: string): string;
  /** Reads a stored value, sealed or of a version before. @throws CannotOpen when another SESSION_SECRET sealed it. */
  open(stored: string): string;
}

/** `secrets`: SESSION_SECRET, the newest first. */
export function createChannelSecrets(secrets: readonly string[]): ChannelSecrets {
  const box: SecretBox = createSecretBox(secrets, "alert channel");
  return {
    seal: (text) => SEALED + box.seal(text),
    open: (stored) => (isSealed(stored) ? box.open(stored.slice(SEALED.length)) : stored),
  };
}

const isSealed = (stored: string) => stored.startsWith(SEALED);

/**
 * Seals what versions before stored as it was. Removed channels have nothing to seal. Safe to run twice, or in two workers: a row that
 * has changed meanwhile is left alone. @returns how many channels were sealed.
 */
export async function sealPlainChannels(db: PrismaClient, secrets: ChannelSecrets): Promise<number> {
  const plain = await db.alertChannel.findMany({
    where: { removedAt: null, NOT: { url: { startsWith: SEALED } } },
    select: { id: true, url: true, secret: true },
  });
  for (const { id, url, secret } of plain)
    await db.alertChannel.updateMany({
      where: { id, url, removedAt: null },
      data: { url: secrets.seal(url), secret: secret === null ? null : secrets.seal(secrets.open(secret)) },
    });
  return plain.length;
}
