import { portNameProblems, portNumberProblems } from '../../../api/names.ts';

export interface ServicePort {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number | string;
  readonly protocol: 'TCP';
  readonly nodePort?: number;
}

/** Reads `PORT` and `PORT:TARGET` of `--tcp`. Throws with kubectl's words. */
export function servicePort(text: string, nodePort: number): ServicePort {
  const [first = '', target] = text.split(':');
  const port = portOf(first);
  const common = { name: text.replaceAll(':', '-'), port, protocol: 'TCP', ...(nodePort === 0 ? {} : { nodePort }) } as const;
  return { ...common, targetPort: target === undefined ? port : targetOf(target) };
}

function portOf(text: string): number {
  const problem = (what: string): Error => new Error(`strconv.ParseUint: parsing ${JSON.stringify(text)}: ${what}`);
  if (!/^\d+$/.test(text)) throw problem('invalid syntax');
  const port = Number(text);
  if (port >= 2 ** 16) throw problem('value out of range');
  return port;
}

function targetOf(text: string): number | string {
  const isNumber = /^[-+]?\d+$/.test(text);
  const problems = isNumber ? portNumberProblems(Number(text)) : portNameProblems(text);
  if (problems.length > 0) throw new Error(problems.join(','));
  return isNumber ? Number(text) : text;
}
