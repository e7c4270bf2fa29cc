/**
 * Objects of every kind that has a description of its own, with as many fields as kubectl shows. Nothing of it changes by itself: controllers have nothing to do, and the one
 * pod waits for a gate. Left out is what the stock kubectl does not show yet (names of container ports, time zones of cron jobs, protocols of applications).
 */
export const describedManifest = `
apiVersion: v1
kind: Namespace
metadata: {name: described}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: described, labels: {app: web}}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}, matchExpressions: [{key: tier, operator: In, values: [x, front]}]}
  template:
    metadata: {labels: {app: web, tier: front}, annotations: {note: "long\\nlines\\nx", plain: "z"}}
    spec:
      nodeSelector: {kubernetes.io/os: linux}
      initContainers:
      - {name: init, image: busybox, command: [sh, -c, "echo a\\necho b"], args: ["x"], env: [{name: A, value: "b\\nc"}]}
      topologySpreadConstraints:
      - {topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, maxSkew: 1, labelSelector: {matchLabels: {app: web}}}
      - {topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway, maxSkew: 2}
      tolerations: [{key: b, operator: Exists, effect: NoSchedule}, {operator: Exists}, {key: a, value: c, effect: NoExecute, tolerationSeconds: 30}]
      volumes:
      - {name: empty, emptyDir: {sizeLimit: 1Gi, medium: Memory}}
      - {name: empty2, emptyDir: {}}
      - {name: host, hostPath: {path: /x}}
      - {name: sec, secret: {secretName: s, optional: true}}
      - {name: cm, configMap: {name: c, optional: true}}
      - {name: down, downwardAPI: {items: [{path: a, fieldRef: {fieldPath: metadata.name}}, {path: b, resourceFieldRef: {containerName: nginx, resource: limits.cpu}}]}}
      - {name: eph, ephemeral: {volumeClaimTemplate: {metadata: {labels: {a: b, c: d}, annotations: {x: "z"}}, spec: {accessModes: [ReadWriteOnce], storageClassName: fast, resources: {requests: {storage: 1Gi}}}}}}
      - {name: csi, csi: {driver: d, volumeAttributes: {a: b, c: d}, fsType: ext4}}
      - {name: nfs, nfs: {server: s, path: /p, readOnly: true}}
      - {name: img, image: {reference: r, pullPolicy: Always}}
      - {name: iscsi, iscsi: {targetPortal: 1.2.3.4, iqn: iqn.2001-04.com.example, lun: 0, secretRef: {name: q}, portals: [a, b]}}
      - {name: rbd, rbd: {monitors: [a, b], image: i}}
      - {name: fc, fc: {targetWWNs: [a, b], lun: 2}}
      - {name: flex, flexVolume: {driver: k/d, options: {a: b, c: d}}}
      - name: proj
        projected: {sources: [{secret: {name: s, optional: true}}, {configMap: {name: c, optional: true}}, {downwardAPI: {items: []}}, {serviceAccountToken: {path: t}}]}
      containers:
      - name: nginx
        image: nginx
        ports: [{containerPort: 80}, {containerPort: 53, protocol: UDP, hostPort: 5353}]
        resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {cpu: 1500m, memory: 1Gi}}
        livenessProbe: {httpGet: {path: "/healthz?a b", port: 80}, initialDelaySeconds: 3}
        readinessProbe: {exec: {command: [cat, /x]}}
        startupProbe: {tcpSocket: {port: 80}}
        envFrom: [{configMapRef: {name: c, optional: true}}, {secretRef: {name: s, optional: true}, prefix: P_}]
        env:
        - {name: PLAIN, value: x}
        - {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        - {name: LBL, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}
        - {name: LIM, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}
        - {name: REQ, valueFrom: {resourceFieldRef: {resource: requests.cpu}}}
        - {name: SK, valueFrom: {secretKeyRef: {name: s, key: k, optional: true}}}
        - {name: CK, valueFrom: {configMapKeyRef: {name: c, key: k, optional: true}}}
        volumeMounts: [{name: empty, mountPath: /z}, {name: host, mountPath: /a, readOnly: true, subPath: b}]
        securityContext: {seccompProfile: {type: Localhost, localhostProfile: p.json}}
      - {name: side, image: busybox, ports: [{containerPort: 1}], livenessProbe: {grpc: {port: 9}}, env: [{name: L, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}]}
      securityContext: {seccompProfile: {type: RuntimeDefault}}
      priorityClassName: system-node-critical
      serviceAccountName: default
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: described, labels: {a: b}}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{name: http, port: 80, targetPort: web}, {name: dns, port: 53, protocol: UDP}], externalIPs: [1.2.3.4], loadBalancerSourceRanges: [10.0.0.0/8]}
---
apiVersion: v1
kind: Service
metadata: {name: ext, namespace: described}
spec: {type: ExternalName, externalName: a.b.c}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: hand, namespace: described, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 80, protocol: TCP}, {name: dns, port: 53, protocol: UDP}]
endpoints:
- {addresses: [10.1.1.1], conditions: {ready: true}, hostname: h, nodeName: node-1, zone: z, targetRef: {kind: Pod, name: p}}
- {addresses: [10.1.1.2], conditions: {ready: false}}
- {addresses: [10.1.1.3]}
- {addresses: [10.1.1.4]}
- {addresses: [10.1.1.5]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: none, namespace: described}
addressType: IPv6
endpoints: []
---
apiVersion: v1
kind: Endpoints
metadata: {name: eps, namespace: described}
subsets: [{addresses: [{ip: 10.1.1.1}, {ip: 10.1.1.2}], notReadyAddresses: [{ip: 10.1.1.3}], ports: [{name: q, port: 80}, {name: x, port: 53, protocol: UDP}]}, {addresses: [{ip: 10.1.1.9}]}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: ing, namespace: described, annotations: {a: b}}
spec:
  ingressClassName: nginx
  tls: [{hosts: [a.com, b.com], secretName: s}, {hosts: [c.com]}]
  rules:
  - host: a.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}, {path: /x, pathType: Exact, backend: {service: {name: nope, port: {name: x}}}}]}
  - http: {paths: [{path: /r, pathType: Prefix, backend: {resource: {apiGroup: g.io, kind: K, name: "n"}}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: ing2, namespace: described}
spec: {defaultBackend: {service: {name: web, port: {name: http}}}}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: described-nginx}
spec: {controller: e.io/x, parameters: {apiGroup: k.io, kind: P, name: "n", scope: Cluster}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: np, namespace: described, labels: {a: b}}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress, Egress]
  ingress:
  - ports: [{port: 80}, {port: 8000, endPort: 9000, protocol: UDP}, {protocol: SCTP}]
    from: [{podSelector: {matchLabels: {a: b}}, namespaceSelector: {}}, {ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16, 10.2.0.0/16]}}]
  - {}
  egress: []
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: np2, namespace: described}
spec: {podSelector: {}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}], ports: [{port: name}]}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: cm, namespace: described}
data: {a: "x\\ty\\nz", b: "q", ctl: "\\u001b[1m\\r"}
binaryData: {bin: AAEC}
---
apiVersion: v1
kind: Secret
metadata: {name: s, namespace: described}
stringData: {k: vvv, longer-name: "x"}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: sa, namespace: described}
imagePullSecrets: [{name: a}, {name: b}]
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: described-1, labels: {a: b}}
spec: {capacity: {storage: 10Gi}, accessModes: [ReadWriteOnce, ReadOnlyMany], hostPath: {path: /x, type: DirectoryOrCreate}, storageClassName: fast, nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: k, operator: In, values: [a, b]}, {key: q, operator: Exists}]}]}}}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: described-2}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteMany], volumeMode: Block, csi: {driver: d, volumeHandle: h, volumeAttributes: {a: b, c: d}}, persistentVolumeReclaimPolicy: Delete}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: described-3}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteMany], cephfs: {monitors: [a], secretRef: {name: x, namespace: "y"}}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: pvc, namespace: described}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}, storageClassName: none, dataSource: {kind: PersistentVolumeClaim, name: other}}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: described-fast, annotations: {storageclass.kubernetes.io/is-default-class: "false", a: b}}
provisioner: e.io/x
parameters: {b: c, a: d}
mountOptions: [ro, soft]
allowVolumeExpansion: true
allowedTopologies: [{matchLabelExpressions: [{key: zone, values: [a, b]}, {key: q, values: [c]}]}]
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: described-slow}
provisioner: e.io/x
---
apiVersion: storage.k8s.io/v1
kind: CSINode
metadata: {name: described-csi}
spec: {drivers: [{name: d, nodeID: "n", allocatable: {count: 3}, topologyKeys: [a, b]}, {name: e, nodeID: m}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: hpa, namespace: described}
spec:
  scaleTargetRef: {kind: Deployment, name: web, apiVersion: apps/v1}
  minReplicas: 1
  maxReplicas: 5
  metrics:
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}
  - {type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 100Mi}}}
  - {type: ContainerResource, containerResource: {name: cpu, container: nginx, target: {type: Utilization, averageUtilization: 50}}}
  - {type: Pods, pods: {metric: {name: q}, target: {type: AverageValue, averageValue: 1k}}}
  - {type: Object, object: {metric: {name: o}, describedObject: {kind: Service, name: web, apiVersion: v1}, target: {type: Value, value: 10}}}
  - {type: External, external: {metric: {name: e}, target: {type: AverageValue, averageValue: 10}}}
  - {type: External, external: {metric: {name: e}, target: {type: Value, value: 10}}}
  behavior: {scaleUp: {stabilizationWindowSeconds: 3, policies: [{type: Pods, value: 3, periodSeconds: 15}, {type: Percent, value: 100, periodSeconds: 15}]}, scaleDown: {selectPolicy: Disabled}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: pdb, namespace: described}
spec: {minAvailable: 50%, selector: {matchLabels: {app: web}}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: pdb2, namespace: described}
spec: {maxUnavailable: 1}
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: described-priority}
value: 1000
description: some words
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: quota, namespace: described}
spec: {hard: {pods: 10, configmaps: 1k, requests.storage: 100Gi}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: best, namespace: described}
spec: {hard: {pods: 10}, scopes: [BestEffort, NotTerminating]}
---
apiVersion: v1
kind: LimitRange
metadata: {name: limits, namespace: described}
spec: {limits: [{type: Container, min: {cpu: 100m}, max: {cpu: 2}, default: {cpu: 500m}, defaultRequest: {cpu: 200m}, maxLimitRequestRatio: {cpu: 20}}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: role, namespace: described}
rules:
- {apiGroups: ["", apps], resources: [pods, deployments/scale], verbs: [get, list]}
- {apiGroups: [""], resources: [pods], verbs: [watch], resourceNames: [a, b]}
- {apiGroups: [""], resources: [pods], verbs: [watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: described-cr, labels: {a: b}}
rules: [{nonResourceURLs: [/a, /b], verbs: [get]}, {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: rb, namespace: described}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: role}
subjects: [{kind: User, name: u, apiGroup: rbac.authorization.k8s.io}, {kind: ServiceAccount, name: sa, namespace: described}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: described-crb}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: described-cr}
subjects: [{kind: Group, name: g, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: sts, namespace: described}
spec:
  replicas: 0
  selector: {matchLabels: {app: sts}}
  serviceName: x
  template: {metadata: {labels: {app: sts}}, spec: {containers: [{name: a, image: b}]}}
  volumeClaimTemplates: [{metadata: {name: data, labels: {a: b, c: d}}, spec: {accessModes: [ReadWriteOnce, ReadOnlyMany], storageClassName: fast, resources: {requests: {storage: 1Gi}}}}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: ds, namespace: described}
spec: {selector: {matchLabels: {app: ds}}, template: {metadata: {labels: {app: ds}}, spec: {nodeSelector: {no: node}, containers: [{name: a, image: b}]}}}
---
apiVersion: v1
kind: ReplicationController
metadata: {name: rc, namespace: described}
spec: {replicas: 0, selector: {app: rc}, template: {metadata: {labels: {app: rc}}, spec: {containers: [{name: a, image: b}]}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: job, namespace: described}
spec: {suspend: true, completions: 2, completionMode: Indexed, parallelism: 2, activeDeadlineSeconds: 100, ttlSecondsAfterFinished: 1000, template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: cron, namespace: described}
spec: {schedule: "0 0 1 1 *", startingDeadlineSeconds: 10, jobTemplate: {spec: {activeDeadlineSeconds: 5, template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}}}
---
apiVersion: networking.k8s.io/v1
kind: ServiceCIDR
metadata: {name: described-cidr}
spec: {cidrs: [10.200.0.0/24]}
---
apiVersion: resource.k8s.io/v1
kind: DeviceClass
metadata: {name: described-devices}
spec: {selectors: [{cel: {expression: "device.driver == 'x'"}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: waits, namespace: described, labels: {app: waits}, annotations: {note: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}}
spec:
  schedulingGates: [{name: example.com/wait}]
  readinessGates: [{conditionType: example.com/ready}]
  nodeSelector: {kubernetes.io/os: linux}
  initContainers:
  - {name: init, image: busybox, command: [sh, -c, "echo a\\necho b"], args: ["x"], env: [{name: A, value: "b\\nc"}]}
  topologySpreadConstraints:
  - {topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, maxSkew: 1, labelSelector: {matchLabels: {app: web}}}
  - {topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway, maxSkew: 2}
  tolerations: [{key: b, operator: Exists, effect: NoSchedule}, {operator: Exists}, {key: a, value: c, effect: NoExecute, tolerationSeconds: 30}]
  volumes:
  - {name: empty, emptyDir: {sizeLimit: 1Gi, medium: Memory}}
  - {name: empty2, emptyDir: {}}
  - {name: host, hostPath: {path: /x}}
  - {name: sec, secret: {secretName: s, optional: true}}
  - {name: cm, configMap: {name: c, optional: true}}
  - {name: down, downwardAPI: {items: [{path: a, fieldRef: {fieldPath: metadata.name}}, {path: b, resourceFieldRef: {containerName: nginx, resource: limits.cpu}}]}}
  - {name: eph, ephemeral: {volumeClaimTemplate: {metadata: {labels: {a: b, c: d}, annotations: {x: "z"}}, spec: {accessModes: [ReadWriteOnce], storageClassName: fast, resources: {requests: {storage: 1Gi}}}}}}
  - {name: csi, csi: {driver: d, volumeAttributes: {a: b, c: d}, fsType: ext4}}
  - {name: nfs, nfs: {server: s, path: /p, readOnly: true}}
  - {name: img, image: {reference: r, pullPolicy: Always}}
  - {name: iscsi, iscsi: {targetPortal: 1.2.3.4, iqn: iqn.2001-04.com.example, lun: 0, secretRef: {name: q}, portals: [a, b]}}
  - {name: rbd, rbd: {monitors: [a, b], image: i}}
  - {name: fc, fc: {targetWWNs: [a, b], lun: 2}}
  - {name: flex, flexVolume: {driver: k/d, options: {a: b, c: d}}}
  - name: proj
    projected: {sources: [{secret: {name: s, optional: true}}, {configMap: {name: c, optional: true}}, {downwardAPI: {items: []}}, {serviceAccountToken: {path: t}}]}
  containers:
  - name: nginx
    image: nginx
    ports: [{containerPort: 80}, {containerPort: 53, protocol: UDP, hostPort: 5353}]
    resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {cpu: 1500m, memory: 1Gi}}
    livenessProbe: {httpGet: {path: "/healthz?a b", port: 80}, initialDelaySeconds: 3}
    readinessProbe: {exec: {command: [cat, /x]}}
    startupProbe: {tcpSocket: {port: 80}}
    envFrom: [{configMapRef: {name: c, optional: true}}, {secretRef: {name: s, optional: true}, prefix: P_}]
    env:
    - {name: PLAIN, value: x}
    - {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
    - {name: LBL, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}
    - {name: LIM, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}
    - {name: REQ, valueFrom: {resourceFieldRef: {resource: requests.cpu}}}
    - {name: SK, valueFrom: {secretKeyRef: {name: s, key: k, optional: true}}}
    - {name: CK, valueFrom: {configMapKeyRef: {name: c, key: k, optional: true}}}
    volumeMounts: [{name: empty, mountPath: /z}, {name: host, mountPath: /a, readOnly: true, subPath: b}]
    securityContext: {seccompProfile: {type: Localhost, localhostProfile: p.json}}
  - {name: side, image: busybox, ports: [{containerPort: 1}], livenessProbe: {grpc: {port: 9}}, env: [{name: L, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}]}
  securityContext: {seccompProfile: {type: RuntimeDefault}}
  priorityClassName: system-node-critical
  serviceAccountName: default
---
apiVersion: v1
kind: Event
metadata: {name: one, namespace: described}
involvedObject: {apiVersion: v1, kind: ConfigMap, name: told, namespace: described}
type: Normal
reason: Seen
message: "  seen once\\n"
source: {component: somebody}
firstTimestamp: "2020-01-02T03:04:05Z"
lastTimestamp: "2020-01-02T03:04:05Z"
count: 1
---
apiVersion: v1
kind: Event
metadata: {name: two, namespace: described}
involvedObject: {apiVersion: v1, kind: ConfigMap, name: told, namespace: described, fieldPath: "data{x}"}
type: Warning
reason: SeenOften
message: seen three times
source: {component: somebody}
firstTimestamp: "2019-01-02T03:04:05Z"
lastTimestamp: "2021-01-02T03:04:05Z"
count: 3
---
apiVersion: v1
kind: Event
metadata: {name: three, namespace: described}
involvedObject: {apiVersion: v1, kind: ConfigMap, name: told, namespace: described}
type: Normal
reason: Series
action: Act
message: a series
reportingComponent: example.com/reporter
reportingInstance: reporter-1
eventTime: "2018-01-02T03:04:05.000001Z"
series: {count: 7, lastObservedTime: "2019-05-02T03:04:05.000002Z"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: told, namespace: described}
`;
