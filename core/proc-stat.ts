/** `/proc/<pid>/stat` → clock ticks since boot at which that process began; with its pid it names one process, since pids come again. Undefined when it is gone. */
export function bornOf(stat: string): number | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[19] === undefined ? undefined : Number(fields[19]);
}
