import type { DetailedCase, GoldenCase } from '../golden-case.ts';
import { withoutNullTimes } from '../normalize.ts';

const plan = (...args: string[]): DetailedCase => ({ args: ['run', '--dry-run=client', '-o', 'yaml', ...args], normalize: withoutNullTimes });
const gone = [
  ['delete', 'pod', 'started', '-n', 'golden', '--ignore-not-found', '--now'],
  ['delete', 'service', 'started', '-n', 'golden', '--ignore-not-found'],
] as const;

/** 1.34 and later say where it was. */
const withoutPlace = (text: string): string => text.replaceAll(' from golden namespace', '');
const late = ['--pod-running-timeout=1s', '--overrides={"spec":{"schedulerName":"none"}}', '-n', 'golden'] as const;

export const runCases: readonly GoldenCase[] = [
  ['run'],
  ['run', 'x'],
  ['run', '--image=a'],
  { args: ['run', '--image=a', '--dry-run=client', '--', 'x'], difference: 'as in 1.36 the name must stand in front of --', differsInCode: true },
  ['run', 'x', '--image='],
  ['run', 'x', '--image=Not Good'],
  ['run', 'x', '--image=reg.example:5000/a/b_c:1.2@sha256:0123456789012345678901234567890123456789012345678901234567890123', '--dry-run=client'],
  ['run', 'x', '--image=a', '-t'],
  ['run', 'x', '--image=a', '--expose'],
  ['run', 'x', '--image=a', '--restart=Sometimes'],
  ['run', 'x', '--image=a', '--rm'],
  ['run', 'x', '--image=a', '-i', '--dry-run=client'],
  ['run', 'x', '--image=a', '--image-pull-policy=Sometimes'],
  ['run', 'x', '--image=a', '--pod-running-timeout=0s'],
  ['run', 'x', '--image=a', '--env=x', '-n', 'golden'],
  ['run', 'x', '--image=a', '--labels=x', '-n', 'golden'],
  ['run', 'x', '--image=a', '--annotations=x', '-n', 'golden'],
  ['run', 'x', '--image=a', '--port=x', '-n', 'golden'],
  ['run', 'Bad_Name', '--image=a', '-n', 'golden'],
  ['run', 'x', '--image=a', '-n', 'nope'],
  ['run', 'x', '--image=a', '--dry-run=server', '-n', 'golden'],
  plan('x', '--image=a'),
  plan('x', '--image=a', '--port=80', '--env=A=1', '--env=B=x=y', '--labels=a=b,c=d', '--annotations=e=f', '--privileged', '--restart=Never', '-n', 'golden'),
  plan('x', '--image=a', '--image-pull-policy=Never', '--', 'sleep', '1'),
  plan('x', '--image=a', '--command', '--', 'sleep', '1'),
  plan('x', '--image=a', '--attach=false', '-i', '-t', '--leave-stdin-open'),
  plan('x', '--image=a', '--port=80', '--expose'),
  plan('x', '--image=a', '--overrides={"spec":{"nodeName":"n","bogus":1}}'),
  plan('x', '--image=a', '--override-type=strategic', '--overrides={"spec":{"containers":[{"name":"x","tty":true}]}}'),
  plan('x', '--image=a', '--override-type=json', '--overrides=[{"op":"add","path":"/metadata/labels/z","value":"z"}]'),
  { args: ['run', '--dry-run=client', '-o', 'json', 'x', '--image=a', '--save-config'], normalize: withoutNullTimes },
  { args: ['run', 'started', '--image=a', '-n', 'golden'], after: gone },
  { args: ['run', 'started', '--image=a', '--port=80', '--expose', '-n', 'golden'], after: gone },
  { args: ['run', 'started', '--image=a', '-n', 'golden', '-o', 'jsonpath={.metadata.labels} {.spec.containers[0].image}'], after: gone },
  { args: ['run', 'started', '--image=a', '--attach', ...late], after: gone },
  { args: ['run', 'started', '--image=a', '-i', '--rm', '--expose', '--port=80', ...late], after: gone, normalize: withoutPlace },
  { args: ['run', 'started', '--image=a', '-i', '--rm', '-q', ...late], after: gone },
];
