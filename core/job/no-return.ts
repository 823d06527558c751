/** Salt's words for a minion that was asked and did not answer; `jid` is empty where it was not asked, `reason` is what the platform knows of it. */
export function noReturnText(jid: string, reason?: string): string {
  const first = ['Minion did not return. [No response]', ...(reason === undefined ? [] : [reason])];
  if (jid === '') return first.join('\n');
  return [
    ...first,
    'The minions may not have all finished running and any remaining minions will return upon completion. ' +
      'To look up the return data for this job later, run the following command:',
    '',
    `brine jobs show ${jid}`,
  ].join('\n');
}
