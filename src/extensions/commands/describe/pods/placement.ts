import type { Toleration, TopologySpreadConstraint } from '../../../../api/generated/core-v1.ts';
import { compareText } from '../../../../extension-points/commands/printers/go-values.ts';
import { writeLines } from '../page/multi-line.ts';
import type { Page } from '../page/page.ts';
import { selectorText } from '../page/texts.ts';

/** Tolerations, sorted by key. */
export const writeTolerations = (page: Page, title: string, tolerations: readonly Toleration[] = []): void =>
  writeLines(page, title, [...tolerations].sort((left, right) => compareText(left.key ?? '', right.key ?? '')).map(tolerationText));

function tolerationText({ key = '', value = '', effect, operator, tolerationSeconds }: Toleration): string {
  const text = `${key}${value === '' ? '' : `=${value}`}${effect ? `:${effect}` : ''}`;
  const exists = operator === 'Exists' && value === '' ? `${key !== '' || effect ? ' ' : ''}op=Exists` : '';
  return `${text}${exists}${tolerationSeconds === undefined ? '' : ` for ${tolerationSeconds}s`}`;
}

/** How pods are to be spread, sorted by topology key. `indent`: that of a template. */
export function writeSpreadConstraints(page: Page, constraints: readonly TopologySpreadConstraint[] = [], indent = ''): void {
  if (constraints.length === 0) return;
  const sorted = [...constraints].sort((left, right) => compareText(left.topologyKey, right.topologyKey));
  writeLines(
    page,
    'Topology Spread Constraints',
    sorted.map(({ topologyKey, whenUnsatisfiable, maxSkew, labelSelector }) => {
      const selector = labelSelector ? ` for selector ${selectorText(labelSelector)}` : '';
      return `${topologyKey}:${whenUnsatisfiable} when max skew ${maxSkew} is exceeded${selector}`;
    }),
    { indent },
  );
}
