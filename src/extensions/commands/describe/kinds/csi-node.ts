import { csinodes } from '../../../../api/generated/resource-types.ts';
import type { CSINode } from '../../../../api/generated/storage-v1.ts';
import { defineDescriber } from '../contract.ts';
import { listText } from '../page/texts.ts';
import { clusterIdentitySections, createdSection } from '../sections.ts';

export const csiNodeDescriber = defineDescriber<CSINode>({
  resources: [csinodes],
  sections: [
    ...clusterIdentitySections,
    createdSection,
    (page, { spec }) => {
      page.line(0, 'Spec:');
      if (!spec?.drivers?.length) return;
      page.line(1, 'Drivers:');
      for (const { name, nodeID, allocatable, topologyKeys } of spec.drivers) {
        page.line(2, `${name}:`);
        page.field(3, 'Node ID', nodeID);
        if (allocatable?.count !== undefined) {
          page.line(3, 'Allocatables:');
          page.field(4, 'Count', allocatable.count);
        }
        if (topologyKeys?.length) page.field(3, 'Topology Keys', listText(topologyKeys));
      }
    },
  ],
});
