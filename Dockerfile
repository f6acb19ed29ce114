# One image for web, worker and the migration job; docker-compose.yml says which command each one runs.

FROM node:24.11.1-slim AS build
WORKDIR /srv/tidemark
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build

FROM node:24.11.1-slim AS packages
WORKDIR /srv/tidemark
COPY package.json package-lock.json .npmrc ./
# Optional peers are left out too: they are Prisma's command-line tools, and would be more than half of the image.
RUN npm ci --omit=dev --legacy-peer-deps

FROM node:24.11.1-slim
# Process 1 has to pass signals on and reap orphans; Node does neither.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/* \
 && mkdir -p /data/journal /data/assets \
 && chown node:node /data/journal /data/assets
WORKDIR /srv/tidemark
# Stack traces then name the TypeScript file and line.
ENV NODE_ENV=production NODE_OPTIONS=--enable-source-maps
COPY --from=packages /srv/tidemark/node_modules node_modules
COPY --from=build /srv/tidemark/build build
# It says that build/ holds modules.
COPY package.json ./
USER node
EXPOSE 3000
ENTRYPOINT ["tini", "--"]
CMD ["node", "build/programs/web.js"]
