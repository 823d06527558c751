/** `file.*`: looking at files and changing them, within what the settings allow. Texts as Salt 3008 has them. */

import { fileChanges } from './file-change.ts';
import { fileContents } from './file-content.ts';
import { fileEdits } from './file-edit.ts';
import { fileLooks } from './file-look.ts';
import { fileNames } from './file-names.ts';
import type { Module } from './module.ts';

export const file: Module = { ...fileLooks, ...fileContents, ...fileNames, ...fileChanges, ...fileEdits };
