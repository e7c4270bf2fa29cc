import type { ClusterRoleBinding, RoleBinding } from '../../../../api/generated/rbac-v1.ts';
import { clusterrolebindings, rolebindings } from '../../../../api/generated/resource-types.ts';
import { defineDescriber, type KindDescriber } from '../contract.ts';
import { clusterIdentitySections } from '../sections.ts';

const describer = (resources: KindDescriber<RoleBinding>['resources']) =>
  defineDescriber<RoleBinding | ClusterRoleBinding>({
    resources,
    events: 'none',
    sections: [
      ...clusterIdentitySections,
      (page, { roleRef, subjects = [] }) => {
        page.line(0, 'Role:');
        page.field(1, 'Kind', roleRef.kind);
        page.field(1, 'Name', roleRef.name);
        page.line(0, 'Subjects:');
        page.line(1, 'Kind', 'Name', 'Namespace');
        page.line(1, '----', '----', '---------');
        for (const { kind, name, namespace = '' } of subjects) page.line(1, kind, name, namespace);
      },
    ],
  });

export const roleBindingDescriber = describer([rolebindings]);
export const clusterRoleBindingDescriber = describer([clusterrolebindings]);
