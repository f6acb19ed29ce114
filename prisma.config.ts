import { defineConfig } from "prisma/config";

// For the `prisma` command on a machine with a network (`npx prisma migrate deploy`, `prisma studio`). The site itself
// migrates with prisma/migrate.ts, and `prisma generate` needs no database, so the address may be missing here.
export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: { path: "prisma/migrations" },
  datasource: { url: process.env.DATABASE_URL ?? "" },
});
