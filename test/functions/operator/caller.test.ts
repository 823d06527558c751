/** Who calls, as AWS says it in `requestContext`. */
import { expect, it } from 'vitest';
import { defaultSettings } from '../../../core/settings.ts';
import type { FunctionContext } from '../../../functions/context.ts';
import { callerOf } from '../../../functions/operator/caller.ts';

const session = 'arn:aws:sts::111122223333:assumed-role/Shared/anna';
const contextOf = (anonymousOperators: boolean) =>
  ({
    stack: '111122223333/eu-west-1/brine',
    anonymousOperators,
    project: {
      settings: {
        ...defaultSettings,
        administrators: ['arn:aws:iam::111122223333:role/team/Admin'],
        operators: { [session]: ['*'] },
      },
    },
  }) as unknown as FunctionContext;
const event = (userArn: unknown) => ({ requestContext: { authorizer: { iam: { userArn } } } });

it.each<[string, string, string, boolean]>([
  ['the account’s root', 'arn:aws:iam::111122223333:root', 'root', true],
  ['another account’s root', 'arn:aws:iam::999999999999:root', 'arn:aws:iam::999999999999:root', false],
  ['a role', 'arn:aws:sts::111122223333:assumed-role/Ops/me', 'arn:aws:iam::111122223333:role/Ops', false],
  [
    'a role in another partition',
    'arn:aws-cn:sts::111122223333:assumed-role/Ops/me',
    'arn:aws-cn:iam::111122223333:role/Ops',
    false,
  ],
  [
    'an administrator, whatever his session',
    'arn:aws:sts::111122223333:assumed-role/Admin/x',
    'arn:aws:iam::111122223333:role/Admin',
    true,
  ],
  [
    'another account’s role of that name',
    'arn:aws:sts::999999999999:assumed-role/Admin/x',
    'arn:aws:iam::999999999999:role/Admin',
    false,
  ],
  ['a session that a rule names', session, session, false],
  ['a session of that role that no rule names', `${session}2`, 'arn:aws:iam::111122223333:role/Shared', false],
  ['a user', 'arn:aws:iam::111122223333:user/ci/bot', 'arn:aws:iam::111122223333:user/ci/bot', false],
  [
    'a role that is called root',
    'arn:aws:sts::111122223333:assumed-role/root/root',
    'arn:aws:iam::111122223333:role/root',
    false,
  ],
])('%s', (_name, arn, user, administrator) => {
  // Where nobody needs to be named, whoever is named is no more than he is.
  for (const anonymous of [false, true])
    expect(callerOf(event(arn), contextOf(anonymous))).toMatchObject({ user, administrator });
});

it.each([
  [{}],
  [{ requestContext: {} }],
  [event(undefined)],
  [event(null)],
  [event(7)],
  [null],
  ['text'],
  [event('x'.repeat(3000))],
])('%j names nobody: denied, unless the stack was deployed for an emulator', (input) => {
  expect(() => callerOf(input, contextOf(false))).toThrow(expect.objectContaining({ code: 'operator.denied' }));
  expect(callerOf(input, contextOf(true))).toMatchObject({ user: 'anonymous', administrator: true });
});
