# One image for web, worker and the migrate job; docker-compose.yml says which command each runs.
FROM node:22-slim

WORKDIR /srv/tidemark
ENV NODE_ENV=production

# Postgres comes from another container here, so its embedded binaries (optional packages) can stay away, but the build
# tools' native parts are optional packages too: install all.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev

COPY . .
# `prisma generate` wants the name of an engine that it then does not run.
RUN PRISMA_SCHEMA_ENGINE_BINARY=/usr/local/bin/node npx prisma generate \
 && npm run build \
 && mkdir -p /data/journal \
 && chown -R node:node /data

USER node
EXPOSE 3000
CMD ["node", "--import", "tsx", "server/index.ts"]
