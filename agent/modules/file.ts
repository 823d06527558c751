/** `file.*`: looking at files and changing them, within what the settings allow. Texts as Salt 3008 has them. */

import { fileChanges } from './file-change.ts';
import { fileEdits } from './file-edit.ts';
import { fileLooks } from './file-look.ts';
import type { Module } from './module.ts';

export const file: Module = { ...fileLooks, ...fileChanges, ...fileEdits };
