# One image for web, worker and the migration job; docker-compose.yml says which command each one runs.

FROM node:24-slim AS build
WORKDIR /srv/tidemark
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
# `prisma generate` insists on a path to a schema engine, but does not run it.
RUN PRISMA_SCHEMA_ENGINE_BINARY=/usr/local/bin/node npx prisma generate && npx remix vite:build

FROM node:24-slim AS packages
WORKDIR /srv/tidemark
COPY package.json package-lock.json .npmrc ./
# Optional peers are left out too: they are Prisma's command-line tools, and would be more than half of the image.
RUN npm ci --omit=dev --legacy-peer-deps

FROM node:24-slim
# Process 1 has to pass signals on and reap orphans; Node does neither.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/* \
 && mkdir -p /data/journal \
 && chown node:node /data/journal
WORKDIR /srv/tidemark
ENV NODE_ENV=production
COPY --from=packages /srv/tidemark/node_modules node_modules
COPY --from=build /srv/tidemark/build build
COPY --from=build /srv/tidemark/prisma prisma
COPY package.json tsconfig.json ./
COPY app app
COPY server server
COPY worker worker
COPY scripts scripts
USER node
EXPOSE 3000
ENTRYPOINT ["tini", "--"]
CMD ["node", "--import", "tsx", "server/index.ts"]
