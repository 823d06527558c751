/** Why AWS refused credentials, from its own answer: each way of being refused is mended in another way. */
import { BrineError } from '../core/errors.ts';

/** `what` is the call that was refused, `needs` the permission that it takes. */
export function refusedLogin(what: string, answer: string, needs: string): BrineError {
  if (/expired/i.test(answer) && !/signature expired/i.test(answer)) {
    return new BrineError({
      code: 'system.credentials',
      text: `the AWS login has expired (${what})`,
      hint: 'log in again, for example aws sso login, or take fresh credentials',
    });
  }
  if (/signature expired|RequestTimeTooSkewed|not yet current/i.test(answer)) {
    return new BrineError({
      code: 'system.credentials',
      text: `AWS refused the time of this machine (${what})`,
      hint: 'set its clock; AWS takes five minutes of difference',
    });
  }
  if (
    /InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId|security token.*invalid|SignatureDoesNotMatch|InvalidSignature/i.test(
      answer,
    )
  ) {
    return new BrineError({
      code: 'system.credentials',
      text: `AWS does not know these credentials (${what})`,
      hint: 'are they of this account and, for the embedded AWS, of this run? brine env prints those of a running brine dev',
    });
  }
  return new BrineError({
    code: 'system.credentials',
    text: `AWS refused ${what}`,
    hint: `your role needs ${needs}`,
  });
}
