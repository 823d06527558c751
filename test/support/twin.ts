/** What an operator types at Salt → the same at Brine. docs/coming-from-salt.md says it in words. */

export function twinOf(argv: readonly string[]): string[] {
  const [program, ...words] = argv;
  if (words.includes('--version')) return ['--version'];
  switch (program) {
    case 'salt':
      return ['run', ...words];
    case 'salt-call':
      return ['call', ...words.map((word) => (word === '--id' ? '--minion' : word))];
    case 'salt-run':
      return words[0] === 'state.event' ? ['events', ...eventWords(words.slice(1))] : ['runner', ...words];
    default:
      return ['key', ...keyWords(words)];
  }
}

/** `pretty=True count=3` are flags. */
function eventWords(words: readonly string[]): string[] {
  return words.flatMap((word) => {
    const [name, value] = word.split('=');
    if (name === 'pretty') return value === 'True' ? ['--pretty'] : [];
    return name === 'count' ? ['--count', value as string] : [word];
  });
}

const KEY: Readonly<Record<string, readonly string[]>> = {
  '-L': ['list'],
  '--list-all': ['list'],
  '-l': ['list', '--state'],
  '-F': ['finger'],
  '-f': ['finger'],
  '-a': ['accept'],
  '-A': ['accept-all'],
  '-r': ['reject'],
  '-R': ['reject', '*'],
  '-d': ['delete'],
  '-D': ['delete', '*'],
};

function keyWords(words: readonly string[]): string[] {
  const at = words.findIndex((word) => KEY[word]);
  if (at < 0) return words.length === 0 ? ['list'] : [...words];
  return [...(KEY[words[at] as string] as readonly string[]), ...words.slice(at + 1), ...words.slice(0, at)];
}
