/** The docstring of a function, in the form of Salt's: indented, with an example; `sys.doc` shows it without the block's mark. */
import type { ModuleFunction } from './module.ts';

/** `marked`: as it stands in an error about wrong arguments. */
export function docOf(fun: string, { doc, example }: ModuleFunction, marked: boolean): string {
  const lines = doc.split('\n').map((line) => (line === '' ? '' : `    ${line}`));
  const call = `        brine run '*' ${fun}${example ? ` ${example}` : ''}`;
  const block = marked ? ['    .. code-block:: bash', ''] : [];
  return `\n${[...lines, '', '    CLI Example:', '', ...block, call].join('\n')}\n    `;
}
