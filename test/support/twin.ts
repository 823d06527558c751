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
      return ['key', ...words];
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
