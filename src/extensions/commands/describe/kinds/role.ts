import type { ClusterRole, Role } from '../../../../api/generated/rbac-v1.ts';
import { clusterroles, roles } from '../../../../api/generated/resource-types.ts';
import { defineDescriber, type KindDescriber } from '../contract.ts';
import { listText } from '../page/texts.ts';
import { clusterIdentitySections } from '../sections.ts';
import { compactRules, resourceText } from './policy-rules.ts';

const describer = (resources: KindDescriber<Role>['resources']) =>
  defineDescriber<Role | ClusterRole>({
    resources,
    events: 'none',
    sections: [
      ...clusterIdentitySections,
      (page, { rules }) => {
        page.line(0, 'PolicyRule:');
        page.line(1, 'Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs');
        page.line(1, '---------', '-----------------', '--------------', '-----');
        for (const rule of compactRules(rules ?? []))
          page.line(1, resourceText(rule), listText(rule.nonResourceURLs), listText(rule.resourceNames), listText(rule.verbs));
      },
    ],
  });

export const roleDescriber = describer([roles]);
export const clusterRoleDescriber = describer([clusterroles]);
