/** `brine key` typed with the options of `salt-key`: `-L`, `-a web9`, `--delete=web9` → `list`, `accept web9`, `delete web9`. */

const WORDS: Readonly<Record<string, readonly string[]>> = {
  '-L': ['list'],
  '--list-all': ['list'],
  '-l': ['list', '--state'],
  '--list': ['list', '--state'],
  '-F': ['finger'],
  '--finger-all': ['finger'],
  '-f': ['finger'],
  '--finger': ['finger'],
  '-a': ['accept'],
  '--accept': ['accept'],
  '-A': ['accept-all'],
  '--accept-all': ['accept-all'],
  '-r': ['reject'],
  '--reject': ['reject'],
  '-R': ['reject', '*'],
  '--reject-all': ['reject', '*'],
  '-d': ['delete'],
  '--delete': ['delete'],
  '-D': ['delete', '*'],
  '--delete-all': ['delete', '*'],
};

/** What is typed behind `brine key` as it is where it begins with a command of ours. */
export function keyWordsOf(words: readonly string[]): readonly string[] {
  if (words[0] !== undefined && !words[0].startsWith('-')) return words;
  const at = words.findIndex((word) => Object.hasOwn(WORDS, word.split('=')[0] as string));
  if (at < 0) return words.length === 0 ? ['list'] : words;
  const [flag = '', ...value] = (words[at] as string).split('=');
  const own = WORDS[flag] as readonly string[];
  return [...own, ...(value.length > 0 ? [value.join('=')] : []), ...words.slice(at + 1), ...words.slice(0, at)];
}
