import type { LimitRange, Namespace, ResourceQuota } from '../../../../api/generated/core-v1.ts';
import { limitranges, namespaces, resourcequotas } from '../../../../api/generated/resource-types.ts';
import { ApiError } from '../../../../api/status.ts';
import { compareText } from '../../../../extension-points/commands/printers/go-values.ts';
import { defineDescriber, type Section } from '../contract.ts';
import { listObjects } from '../list-objects.ts';
import { amountText, resourceNames } from '../page/quantities.ts';
import { clusterIdentitySections, field } from '../sections.ts';
import { limitHeadings, writeLimits } from './limits.ts';
import { writeScopes } from './quota-scopes.ts';
import { writeTimedConditions } from './timed-conditions.ts';

interface Facts {
  /** Absent where a server has no quotas. */
  readonly quotas: readonly ResourceQuota[] | undefined;
  readonly ranges: readonly LimitRange[] | undefined;
}

const quotasSection: Section<Namespace, Facts> = (page, _namespace, { quotas }) => {
  if (!quotas) return;
  page.line(0, '');
  if (quotas.length === 0) return page.line(0, 'No resource quota.');
  page.line(0, 'Resource Quotas');
  for (const { metadata, spec, status } of [...quotas].sort((left, right) => compareText(left.metadata.name ?? '', right.metadata.name ?? ''))) {
    page.field(1, 'Name', metadata.name ?? '');
    writeScopes(page, spec?.scopes, { level: 1, bullet: '* ' });
    page.line(1, 'Resource', 'Used', 'Hard');
    page.line(1, '--------', '---', '---');
    for (const name of resourceNames(status?.hard)) page.line(1, name, amountText(status?.used?.[name]), amountText(status!.hard![name]));
  }
};

const rangesSection: Section<Namespace, Facts> = (page, _namespace, { ranges }) => {
  if (!ranges) return;
  page.line(0, '');
  if (ranges.length === 0) return page.line(0, 'No LimitRange resource.');
  page.line(0, 'Resource Limits');
  limitHeadings(page, ' ');
  for (const { spec } of ranges) writeLimits(page, spec?.limits, ' ');
};

export const namespaceDescriber = defineDescriber<Namespace, Facts>({
  resources: [namespaces],
  events: 'none',
  async find({ metadata }, context) {
    const orNone = (error: unknown): undefined => {
      if (error instanceof ApiError && error.reason === 'NotFound') return undefined;
      throw error;
    };
    const [quotas, ranges] = await Promise.all([
      listObjects(context, { resource: resourcequotas, namespace: metadata.name }).catch(orNone),
      listObjects(context, { resource: limitranges, namespace: metadata.name }).catch(orNone),
    ]);
    return { quotas, ranges };
  },
  sections: [
    ...clusterIdentitySections,
    field('Status', ({ status }) => status?.phase ?? ''),
    (page, { status }) => writeTimedConditions(page, status?.conditions),
    quotasSection,
    rangesSection,
  ],
});
