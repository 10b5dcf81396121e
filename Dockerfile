# Both bases can be replaced by those of a mirror; the runtime image must bring /nodejs/bin/node. release.yml gives them by digest.
ARG BUILD_IMAGE=node:24-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot

# What they make runs on every platform, so that an image for another one is built without emulating it.
FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Node reads neither types nor source maps of packages: a third of their size.
RUN npm ci --omit=dev --ignore-scripts \
  && find node_modules -type f \( -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.map' \) -delete \
  && find node_modules -type d -empty -delete

FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY LICENSE ./
COPY scripts/build-info.mjs scripts/bundle-aws.mjs scripts/third-party.mjs scripts/
COPY src src
# What --version prints; there is no git here. SOURCE_DATE_EPOCH makes the build repeatable, with the time of the commit, say.
ARG REVISION
ARG BRANCH
ARG SOURCE_DATE_EPOCH
RUN REVISION="${REVISION}" BRANCH="${BRANCH}" SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH}" npm run build

FROM ${RUNTIME_IMAGE}
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="aws-glue-exporter" \
  org.opencontainers.image.description="Prometheus exporter for AWS Glue: job runs and workflow runs as metrics" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.source="https://github.com/aws-glue-exporter/aws-glue-exporter" \
  org.opencontainers.image.url="https://github.com/aws-glue-exporter/aws-glue-exporter" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json config.example.yaml web-config.example.yaml LICENSE ./
# HEALTHCHECK_URL follows --web.listen-address when that is changed: docker run -e HEALTHCHECK_URL=http://127.0.0.1:9090/-/healthy
ENV NODE_ENV=production HEALTHCHECK_URL=http://127.0.0.1:14583/-/healthy
# By number: Kubernetes' runAsNonRoot cannot judge a name.
USER 65532:65532
EXPOSE 14583
ENTRYPOINT ["/nodejs/bin/node", "dist/main.js"]
# There is no shell and no curl in the image.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["/nodejs/bin/node", "-e", "fetch(process.env.HEALTHCHECK_URL).then(answer => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
