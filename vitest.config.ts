import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The end-to-end tests mostly wait; vitest's default of one worker per spare core would wait for each in turn.
    maxWorkers: 4,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // main.ts says the same to the SDK for the daemon.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});
