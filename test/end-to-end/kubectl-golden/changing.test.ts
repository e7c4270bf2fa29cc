import { annotateCases } from './cases/annotate.ts';
import { containerCases } from './cases/containers.ts';
import { labelCases } from './cases/label.ts';
import { drainedManifest, nodeCases } from './cases/nodes.ts';
import { patchCases } from './cases/patch.ts';
import { rolloutCases } from './cases/rollout.ts';
import { scaleCases } from './cases/scale.ts';
import { setCases } from './cases/set.ts';
import { taintCases } from './cases/taint.ts';
import { goldenSuite } from './golden-suite.ts';

const groups = {
  annotate: annotateCases,
  label: labelCases,
  patch: patchCases,
  set: setCases,
  taint: taintCases,
  scale: scaleCases,
  nodes: nodeCases,
  rollouts: rolloutCases,
  containers: containerCases,
};

goldenSuite('changing', groups, [drainedManifest]);
