import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/bundle-once.ts',
    // What only a busy machine makes slow is no failure.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    // A test may start many processes of its own; two workers keep a two-core machine usable.
    maxWorkers: 2,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});
