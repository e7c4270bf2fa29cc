import type { GoldenCase } from '../golden-case.ts';

const golden = ['-n', 'golden'];
const ownWords = 'descriptions of flags are our own';

export const completionCases: readonly GoldenCase[] = [
  ['completion'],
  ['completion', 'foo'],
  ['completion', 'bash', 'zsh'],
  { args: ['completion', 'bash'], difference: 'the script is our own' },
  ['__complete', 'get', 'deploy'],
  ['__complete', 'get', 'nodes', ''],
  ['__complete', 'get', 'nodes', 'node-1', ''],
  ['__complete', 'get', 'nodes/'],
  ['__complete', 'get', 'nodes', 'x'],
  ['__complete', 'rollout', ''],
  ['__complete', 'rollout', 'status', ''],
  ['__complete', ...golden, 'rollout', 'status', 'deployment', ''],
  ['__complete', 'get', '--context', ''],
  ['__complete', 'get', 'pods', '-n', 'gol'],
  ['__complete', 'get', 'pods', '--namespace=gol'],
  ['__completeNoDesc', 'cord'],
  ['__completeNoDesc', 'get', '--show-l'],
  { args: ['__complete', 'get', '--show-l'], difference: ownWords },
  ['__complete', 'cordon', ''],
  ['__complete', 'drain', 'node-'],
  ['__complete', 'get', 'pods', '-o', 'js'],
];
