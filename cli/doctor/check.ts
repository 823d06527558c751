/** One line of `brine doctor`: what was looked at, how it stands, and what to do. */
export interface Check {
  /** `ok`; `look`: worth a look, nothing is broken; `wrong`; `unseen`: it could not be looked at from here. */
  readonly result: 'ok' | 'look' | 'wrong' | 'unseen';
  readonly about: string;
  readonly text: string;
  /** A command, or a step in words. */
  readonly todo?: string;
}

export function ok(about: string, text: string): Check {
  return { result: 'ok', about, text };
}

export function look(about: string, text: string, todo: string): Check {
  return { result: 'look', about, text, todo };
}

export function wrong(about: string, text: string, todo: string): Check {
  return { result: 'wrong', about, text, todo };
}

/** What AWS or the door did not let this caller see is no fault; what failed otherwise is one. */
export async function seen(about: string, check: () => Promise<readonly Check[]>): Promise<readonly Check[]> {
  try {
    return await check();
  } catch (error) {
    const { name, message, code } = error as Error & { code?: string };
    if (
      /AccessDenied|NotAuthorized|UnauthorizedOperation/.test(name) ||
      code === 'operator.denied' ||
      code === 'system.credentials'
    )
      return [{ result: 'unseen', about, text: 'not for your role to see; an administrator sees it' }];
    if (/UnknownOperation|InvalidAction|NotImplemented/.test(`${name} ${message}`))
      return [{ result: 'unseen', about, text: 'this endpoint does not tell' }];
    return [wrong(about, `could not be looked at: ${message.split('\n')[0]}`, 'is the endpoint well?')];
  }
}
