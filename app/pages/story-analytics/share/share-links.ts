import { createHash, randomBytes } from "node:crypto";
import { can } from "~/auth/permissions";
import type { PrismaClient } from "../../../../prisma/client/client";
import { type EditorStory, findEditorStory } from "../find-editor-story";

/** Links per story, expired ones included. */
export const MOST_LINKS = 20;
/** 256 bits: too many to guess, so only the hash needs to be kept, and a plain one is enough. */
const TOKEN_BYTES = 32;
/** A use is noted at most this often, ms. */
const NOTED_EVERY_MS = 60_000;
const DAY_MS = 24 * 3_600_000;

const hashOf = (token: string) => createHash("sha256").update(token).digest();

/** Makes a link. @returns its token, which cannot be read again; null where the story has as many links as it may have. */
export async function makeShareLink(
  db: PrismaClient,
  link: { storyId: number; userId: number; label: string; days: number },
  now: Date,
): Promise<string | null> {
  const { days, ...row } = link;
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  const expiresAt = new Date(now.getTime() + days * DAY_MS);
  return db.$transaction(async (tx) => {
    // One at a time per story, so that two forms sent at once do not pass the limit together.
    await tx.$queryRaw`SELECT id FROM "Story" WHERE id = ${row.storyId} FOR NO KEY UPDATE`;
    if ((await tx.shareLink.count({ where: { storyId: row.storyId } })) >= MOST_LINKS) return null;
    await tx.shareLink.create({ data: { ...row, hash: hashOf(token), createdAt: now, expiresAt } });
    return token;
  });
}

/** All links of a story, newest first; tokens are not among what is known of them. */
export const listShareLinks = (db: PrismaClient, storyId: number) =>
  db.shareLink.findMany({
    where: { storyId },
    orderBy: { id: "desc" },
    select: {
      id: true,
      label: true,
      createdAt: true,
      expiresAt: true,
      usedAt: true,
      user: { select: { name: true } },
    },
  });

/** Ends a link of this story at once. @returns whether it was there. */
export async function revokeShareLink(db: PrismaClient, storyId: number, id: number): Promise<boolean> {
  const { count } = await db.shareLink.deleteMany({ where: { id, storyId } });
  return count > 0;
}

/**
 * The story that a token leads to, with its published chapters only, and notes the use. Null for an unknown, expired or revoked token, and
 * where the person who made the link could not open the story's pages themselves any more.
 */
export async function openShareLink(db: PrismaClient, token: string, now: Date): Promise<EditorStory | null> {
  const link = await db.shareLink.findFirst({
    where: { hash: hashOf(token), expiresAt: { gt: now }, user: { disabledAt: null } },
    select: {
      id: true,
      userId: true,
      usedAt: true,
      story: { select: { slug: true } },
      user: { select: { role: true } },
    },
  });
  if (!link || !can(link.user.role, "editor.view")) return null;
  const story = await findEditorStory(db, link.userId, link.story.slug);
  if (!story) return null;
  if (!link.usedAt || now.getTime() - link.usedAt.getTime() >= NOTED_EVERY_MS)
    await db.shareLink.updateMany({ where: { id: link.id }, data: { usedAt: now } });
  // The titles of drafts are not for everyone.
  return { ...story, chapters: story.chapters.filter(({ status }) => status === "PUBLISHED") };
}
