/** A command line → its words, as Python's shlex reads it: quotes and backslashes, and nothing else of a shell. */
import { InvocationError } from './module.ts';

export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i] as string;
    if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (char === "'" || char === '"') {
      const end = closing(text, i);
      word = (word ?? '') + text.slice(i + 1, end).replace(char === '"' ? /\\(["\\])/g : /(?!)/g, '$1');
      i = end;
    } else if (char === '\\') {
      if (i + 1 === text.length) throw new InvocationError('No escaped character');
      word = (word ?? '') + text[++i];
    } else word = (word ?? '') + char;
  }
  return word === null ? words : [...words, word];
}

function closing(text: string, start: number): number {
  const quote = text[start];
  for (let i = start + 1; i < text.length; i += 1) {
    if (text[i] === '\\' && quote === '"') i += 1;
    else if (text[i] === quote) return i;
  }
  throw new InvocationError('No closing quotation');
}
