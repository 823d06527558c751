#!/usr/bin/env node
import { load } from './load.js';

// Node 20 is supported until the SDK ends it; its six lines of warning per process would drown our own output.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const { main } = await load('cli/main');
await main(process.argv.slice(2));
