import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { generatedDocuments } from '../../docs/generate.ts';

it.each([...generatedDocuments()])('%s says what the code says (npm run docs writes it)', (path, text) => {
  expect(readFileSync(join(import.meta.dirname, '../..', path), 'utf8')).toBe(text);
});
