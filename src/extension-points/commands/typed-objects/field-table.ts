/**
 * How Go writes the types that commands make or change: fields in the order of the struct. `name` is left out when nil, `name-` when it is Go's zero value,
 * `name=ZERO` is always written. Facts of k8s.io/api 0.36.
 */
export const fieldTable = `
apps.v1.DaemonSet metadata={} spec={} status={}
apps.v1.DaemonSetCondition type="" status="" lastTransitionTime=null reason- message-
apps.v1.DaemonSetSpec selector=null template={} updateStrategy={} minReadySeconds- revisionHistoryLimit
apps.v1.DaemonSetStatus currentNumberScheduled=0 numberMisscheduled=0 desiredNumberScheduled=0 numberReady=0 observedGeneration- updatedNumberScheduled- numberAvailable- numberUnavailable- collisionCount conditions-
apps.v1.DaemonSetUpdateStrategy type- rollingUpdate
apps.v1.Deployment metadata={} spec={} status={}
apps.v1.DeploymentCondition type="" status="" lastUpdateTime=null lastTransitionTime=null reason- message-
apps.v1.DeploymentSpec replicas selector=null template={} strategy={} minReadySeconds- revisionHistoryLimit paused- progressDeadlineSeconds
apps.v1.DeploymentStatus observedGeneration- replicas- updatedReplicas- readyReplicas- availableReplicas- unavailableReplicas- terminatingReplicas conditions- collisionCount
apps.v1.DeploymentStrategy type- rollingUpdate
apps.v1.ReplicaSet metadata={} spec={} status={}
apps.v1.ReplicaSetCondition type="" status="" lastTransitionTime=null reason- message-
apps.v1.ReplicaSetSpec replicas minReadySeconds- selector=null template={}
apps.v1.ReplicaSetStatus replicas=0 fullyLabeledReplicas- readyReplicas- availableReplicas- terminatingReplicas observedGeneration- conditions-
apps.v1.RollingUpdateDaemonSet maxUnavailable maxSurge
apps.v1.RollingUpdateDeployment maxUnavailable maxSurge
apps.v1.RollingUpdateStatefulSetStrategy partition maxUnavailable
apps.v1.StatefulSet metadata={} spec={} status={}
apps.v1.StatefulSetCondition type="" status="" lastTransitionTime=null reason- message-
apps.v1.StatefulSetOrdinals start=0
apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy whenDeleted- whenScaled-
apps.v1.StatefulSetSpec replicas selector=null template={} volumeClaimTemplates- serviceName="" podManagementPolicy- updateStrategy={} revisionHistoryLimit minReadySeconds- persistentVolumeClaimRetentionPolicy ordinals
apps.v1.StatefulSetStatus observedGeneration- replicas=0 readyReplicas- currentReplicas- updatedReplicas- currentRevision- updateRevision- collisionCount conditions- availableReplicas=0
apps.v1.StatefulSetUpdateStrategy type- rollingUpdate
authentication.v1.BoundObjectReference kind- apiVersion- name- uid-
authentication.v1.SelfSubjectReview metadata={} status={}
authentication.v1.SelfSubjectReviewStatus userInfo={}
authentication.v1.TokenRequest metadata={} spec={} status={}
authentication.v1.TokenRequestSpec audiences=null expirationSeconds=null boundObjectRef=null
authentication.v1.TokenRequestStatus token="" expirationTimestamp=null
authentication.v1.UserInfo username- uid- groups- extra-
autoscaling.v1.CrossVersionObjectReference kind="" name="" apiVersion-
autoscaling.v1.HorizontalPodAutoscaler metadata={} spec={} status={}
autoscaling.v1.HorizontalPodAutoscalerSpec scaleTargetRef={} minReplicas maxReplicas=0 targetCPUUtilizationPercentage
autoscaling.v1.HorizontalPodAutoscalerStatus observedGeneration lastScaleTime currentReplicas=0 desiredReplicas=0 currentCPUUtilizationPercentage
autoscaling.v1.Scale metadata={} spec={} status={}
autoscaling.v1.ScaleSpec replicas-
autoscaling.v1.ScaleStatus replicas=0 selector-
autoscaling.v2.ContainerResourceMetricSource name="" target={} container=""
autoscaling.v2.ContainerResourceMetricStatus name="" current={} container=""
autoscaling.v2.CrossVersionObjectReference kind="" name="" apiVersion-
autoscaling.v2.ExternalMetricSource metric={} target={}
autoscaling.v2.ExternalMetricStatus metric={} current={}
autoscaling.v2.HPAScalingPolicy type="" value=0 periodSeconds=0
autoscaling.v2.HPAScalingRules stabilizationWindowSeconds selectPolicy policies- tolerance
autoscaling.v2.HorizontalPodAutoscaler metadata={} spec={} status={}
autoscaling.v2.HorizontalPodAutoscalerBehavior scaleUp scaleDown
autoscaling.v2.HorizontalPodAutoscalerCondition type="" status="" lastTransitionTime=null reason- message-
autoscaling.v2.HorizontalPodAutoscalerSpec scaleTargetRef={} minReplicas maxReplicas=0 metrics- behavior
autoscaling.v2.HorizontalPodAutoscalerStatus observedGeneration lastScaleTime currentReplicas- desiredReplicas=0 currentMetrics=null conditions-
autoscaling.v2.MetricIdentifier name="" selector
autoscaling.v2.MetricSpec type="" object pods resource containerResource external
autoscaling.v2.MetricStatus type="" object pods resource containerResource external
autoscaling.v2.MetricTarget type="" value averageValue averageUtilization
autoscaling.v2.MetricValueStatus value averageValue averageUtilization
autoscaling.v2.ObjectMetricSource describedObject={} target={} metric={}
autoscaling.v2.ObjectMetricStatus metric={} current={} describedObject={}
autoscaling.v2.PodsMetricSource metric={} target={}
autoscaling.v2.PodsMetricStatus metric={} current={}
autoscaling.v2.ResourceMetricSource name="" target={}
autoscaling.v2.ResourceMetricStatus name="" current={}
batch.v1.CronJob metadata={} spec={} status={}
batch.v1.CronJobSpec schedule="" timeZone startingDeadlineSeconds concurrencyPolicy- suspend jobTemplate={} successfulJobsHistoryLimit failedJobsHistoryLimit
batch.v1.CronJobStatus active- lastScheduleTime lastSuccessfulTime
batch.v1.Job metadata={} spec={} status={}
batch.v1.JobCondition type="" status="" lastProbeTime=null lastTransitionTime=null reason- message-
batch.v1.JobSpec parallelism completions activeDeadlineSeconds podFailurePolicy successPolicy backoffLimit backoffLimitPerIndex maxFailedIndexes selector manualSelector template={} ttlSecondsAfterFinished completionMode suspend podReplacementPolicy managedBy
batch.v1.JobStatus conditions- startTime completionTime active- succeeded- failed- terminating completedIndexes- failedIndexes uncountedTerminatedPods ready
batch.v1.JobTemplateSpec metadata={} spec={}
batch.v1.PodFailurePolicy rules=null
batch.v1.PodFailurePolicyOnExitCodesRequirement containerName operator="" values=null
batch.v1.PodFailurePolicyOnPodConditionsPattern type="" status=""
batch.v1.PodFailurePolicyRule action="" onExitCodes onPodConditions-
batch.v1.SuccessPolicy rules=null
batch.v1.SuccessPolicyRule succeededIndexes succeededCount
batch.v1.UncountedTerminatedPods succeeded- failed-
core.v1.AWSElasticBlockStoreVolumeSource volumeID="" fsType- partition- readOnly-
core.v1.Affinity nodeAffinity podAffinity podAntiAffinity
core.v1.AppArmorProfile type="" localhostProfile
core.v1.AttachedVolume name="" devicePath=""
core.v1.AzureDiskVolumeSource diskName="" diskURI="" cachingMode fsType readOnly kind
core.v1.AzureFileVolumeSource secretName="" shareName="" readOnly-
core.v1.CSIVolumeSource driver="" readOnly fsType volumeAttributes- nodePublishSecretRef
core.v1.Capabilities add- drop-
core.v1.CephFSVolumeSource monitors=null path- user- secretFile- secretRef readOnly-
core.v1.CinderVolumeSource volumeID="" fsType- readOnly- secretRef
core.v1.ClientIPConfig timeoutSeconds
core.v1.ClusterTrustBundleProjection name signerName labelSelector optional path=""
core.v1.ConfigMap metadata={} immutable data- binaryData-
core.v1.ConfigMapEnvSource name- optional
core.v1.ConfigMapKeySelector name- key="" optional
core.v1.ConfigMapNodeConfigSource namespace="" name="" uid- resourceVersion- kubeletConfigKey=""
core.v1.ConfigMapProjection name- items- optional
core.v1.ConfigMapVolumeSource name- items- defaultMode optional
core.v1.Container name="" image- command- args- workingDir- ports- envFrom- env- resources={} resizePolicy- restartPolicy restartPolicyRules- volumeMounts- volumeDevices- livenessProbe readinessProbe startupProbe lifecycle terminationMessagePath- terminationMessagePolicy- imagePullPolicy- securityContext stdin- stdinOnce- tty-
core.v1.ContainerExtendedResourceRequest containerName="" resourceName="" requestName=""
core.v1.ContainerImage names=null sizeBytes-
core.v1.ContainerPort name- hostPort- containerPort=0 protocol- hostIP-
core.v1.ContainerResizePolicy resourceName="" restartPolicy=""
core.v1.ContainerRestartRule action- exitCodes
core.v1.ContainerRestartRuleOnExitCodes operator- values-
core.v1.ContainerState waiting running terminated
core.v1.ContainerStateRunning startedAt=null
core.v1.ContainerStateTerminated exitCode=0 signal- reason- message- startedAt=null finishedAt=null containerID-
core.v1.ContainerStateWaiting reason- message-
core.v1.ContainerStatus name="" state={} lastState={} ready=false restartCount=0 image="" imageID="" containerID- started allocatedResources- resources volumeMounts- user allocatedResourcesStatus- stopSignal
core.v1.ContainerUser linux
core.v1.DaemonEndpoint Port=0
core.v1.DownwardAPIProjection items-
core.v1.DownwardAPIVolumeFile path="" fieldRef resourceFieldRef mode
core.v1.DownwardAPIVolumeSource items- defaultMode
core.v1.EmptyDirVolumeSource medium- sizeLimit
core.v1.EnvFromSource prefix- configMapRef secretRef
core.v1.EnvVar name="" value- valueFrom
core.v1.EnvVarSource fieldRef resourceFieldRef configMapKeyRef secretKeyRef fileKeyRef
core.v1.EphemeralContainer name="" image- command- args- workingDir- ports- envFrom- env- resources={} resizePolicy- restartPolicy restartPolicyRules- volumeMounts- volumeDevices- livenessProbe readinessProbe startupProbe lifecycle terminationMessagePath- terminationMessagePolicy- imagePullPolicy- securityContext stdin- stdinOnce- tty- targetContainerName-
core.v1.EphemeralVolumeSource volumeClaimTemplate
core.v1.Event metadata={} involvedObject={} reason- message- source={} firstTimestamp=null lastTimestamp=null count- type- eventTime=null series action- related reportingComponent="" reportingInstance=""
core.v1.EventSeries count- lastObservedTime=null
core.v1.EventSource component- host-
core.v1.ExecAction command-
core.v1.FCVolumeSource targetWWNs- lun fsType- readOnly- wwids-
core.v1.FileKeySelector volumeName="" path="" key="" optional
core.v1.FlexVolumeSource driver="" fsType- secretRef readOnly- options-
core.v1.FlockerVolumeSource datasetName- datasetUUID-
core.v1.GCEPersistentDiskVolumeSource pdName="" fsType- partition- readOnly-
core.v1.GRPCAction port=0 service=null
core.v1.GitRepoVolumeSource repository="" revision- directory-
core.v1.GlusterfsVolumeSource endpoints="" path="" readOnly-
core.v1.HTTPGetAction path- port=0 host- scheme- httpHeaders-
core.v1.HTTPHeader name="" value=""
core.v1.HostAlias ip="" hostnames-
core.v1.HostIP ip=""
core.v1.HostPathVolumeSource path="" type
core.v1.ISCSIVolumeSource targetPortal="" iqn="" lun=0 iscsiInterface- fsType- readOnly- portals- chapAuthDiscovery- chapAuthSession- secretRef initiatorName
core.v1.ImageVolumeSource reference- pullPolicy-
core.v1.ImageVolumeStatus imageRef-
core.v1.KeyToPath key="" path="" mode
core.v1.Lifecycle postStart preStop stopSignal
core.v1.LifecycleHandler exec httpGet tcpSocket sleep
core.v1.LinuxContainerUser uid=0 gid=0 supplementalGroups-
core.v1.LoadBalancerIngress ip- hostname- ipMode ports-
core.v1.LoadBalancerStatus ingress-
core.v1.LocalObjectReference name-
core.v1.ModifyVolumeStatus targetVolumeAttributesClassName- status=""
core.v1.NFSVolumeSource server="" path="" readOnly-
core.v1.Namespace metadata={} spec={} status={}
core.v1.NamespaceCondition type="" status="" lastTransitionTime=null reason- message-
core.v1.NamespaceSpec finalizers-
core.v1.NamespaceStatus phase- conditions-
core.v1.Node metadata={} spec={} status={}
core.v1.NodeAddress type="" address=""
core.v1.NodeAffinity requiredDuringSchedulingIgnoredDuringExecution preferredDuringSchedulingIgnoredDuringExecution-
core.v1.NodeAllocatableResourceClaimStatus resourceClaimName="" containers- resources=null
core.v1.NodeCondition type="" status="" lastHeartbeatTime=null lastTransitionTime=null reason- message-
core.v1.NodeConfigSource configMap
core.v1.NodeConfigStatus assigned active lastKnownGood error-
core.v1.NodeDaemonEndpoints kubeletEndpoint={}
core.v1.NodeFeatures supplementalGroupsPolicy
core.v1.NodeRuntimeHandler name="" features
core.v1.NodeRuntimeHandlerFeatures recursiveReadOnlyMounts userNamespaces
core.v1.NodeSelector nodeSelectorTerms=null
core.v1.NodeSelectorRequirement key="" operator="" values-
core.v1.NodeSelectorTerm matchExpressions- matchFields-
core.v1.NodeSpec podCIDR- podCIDRs- providerID- unschedulable- taints- configSource externalID-
core.v1.NodeStatus capacity- allocatable- phase- conditions- addresses- daemonEndpoints={} nodeInfo={} images- volumesInUse- volumesAttached- config runtimeHandlers- features declaredFeatures-
core.v1.NodeSwapStatus capacity
core.v1.NodeSystemInfo machineID="" systemUUID="" bootID="" kernelVersion="" osImage="" containerRuntimeVersion="" kubeletVersion="" kubeProxyVersion="" operatingSystem="" architecture="" swap
core.v1.ObjectFieldSelector apiVersion- fieldPath=""
core.v1.ObjectReference kind- namespace- name- uid- apiVersion- resourceVersion- fieldPath-
core.v1.PersistentVolumeClaim metadata={} spec={} status={}
core.v1.PersistentVolumeClaimCondition type="" status="" lastProbeTime=null lastTransitionTime=null reason- message-
core.v1.PersistentVolumeClaimSpec accessModes- selector resources={} volumeName- storageClassName volumeMode dataSource dataSourceRef volumeAttributesClassName
core.v1.PersistentVolumeClaimStatus phase- accessModes- capacity- conditions- allocatedResources- allocatedResourceStatuses- currentVolumeAttributesClassName modifyVolumeStatus
core.v1.PersistentVolumeClaimTemplate metadata={} spec={}
core.v1.PersistentVolumeClaimVolumeSource claimName="" readOnly-
core.v1.PhotonPersistentDiskVolumeSource pdID="" fsType-
core.v1.Pod metadata={} spec={} status={}
core.v1.PodAffinity requiredDuringSchedulingIgnoredDuringExecution- preferredDuringSchedulingIgnoredDuringExecution-
core.v1.PodAffinityTerm labelSelector namespaces- topologyKey="" namespaceSelector matchLabelKeys- mismatchLabelKeys-
core.v1.PodAntiAffinity requiredDuringSchedulingIgnoredDuringExecution- preferredDuringSchedulingIgnoredDuringExecution-
core.v1.PodCertificateProjection signerName- keyType- maxExpirationSeconds credentialBundlePath- keyPath- certificateChainPath- userAnnotations-
core.v1.PodCondition type="" observedGeneration- status="" lastProbeTime=null lastTransitionTime=null reason- message-
core.v1.PodDNSConfig nameservers- searches- options-
core.v1.PodDNSConfigOption name- value
core.v1.PodExtendedResourceClaimStatus requestMappings=null resourceClaimName=""
core.v1.PodIP ip=""
core.v1.PodOS name=""
core.v1.PodReadinessGate conditionType=""
core.v1.PodResourceClaim name="" resourceClaimName resourceClaimTemplateName
core.v1.PodResourceClaimStatus name="" resourceClaimName
core.v1.PodSchedulingGate name=""
core.v1.PodSchedulingGroup podGroupName
core.v1.PodSecurityContext seLinuxOptions windowsOptions runAsUser runAsGroup runAsNonRoot supplementalGroups- supplementalGroupsPolicy fsGroup sysctls- fsGroupChangePolicy seccompProfile appArmorProfile seLinuxChangePolicy
core.v1.PodSpec volumes- initContainers- containers=null ephemeralContainers- restartPolicy- terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy- nodeSelector- serviceAccountName- serviceAccount- automountServiceAccountToken nodeName- hostNetwork- hostPID- hostIPC- shareProcessNamespace securityContext imagePullSecrets- hostname- subdomain- affinity schedulerName- tolerations- hostAliases- priorityClassName- priority dnsConfig readinessGates- runtimeClassName enableServiceLinks preemptionPolicy overhead- topologySpreadConstraints- setHostnameAsFQDN os hostUsers schedulingGates- resourceClaims- resources hostnameOverride schedulingGroup
core.v1.PodStatus observedGeneration- phase- conditions- message- reason- nominatedNodeName- hostIP- hostIPs- podIP- podIPs- startTime initContainerStatuses- containerStatuses- qosClass- ephemeralContainerStatuses- resize- resourceClaimStatuses- extendedResourceClaimStatus allocatedResources- resources nodeAllocatableResourceClaimStatuses-
core.v1.PodTemplate metadata={} template={}
core.v1.PodTemplateSpec metadata={} spec={}
core.v1.PortStatus port=0 protocol="" error
core.v1.PortworxVolumeSource volumeID="" fsType- readOnly-
core.v1.PreferredSchedulingTerm weight=0 preference={}
core.v1.Probe exec httpGet tcpSocket grpc initialDelaySeconds- timeoutSeconds- periodSeconds- successThreshold- failureThreshold- terminationGracePeriodSeconds
core.v1.ProjectedVolumeSource sources=null defaultMode
core.v1.QuobyteVolumeSource registry="" volume="" readOnly- user- group- tenant-
core.v1.RBDVolumeSource monitors=null image="" fsType- pool- user- keyring- secretRef readOnly-
core.v1.ReplicationController metadata={} spec={} status={}
core.v1.ReplicationControllerCondition type="" status="" lastTransitionTime=null reason- message-
core.v1.ReplicationControllerSpec replicas minReadySeconds- selector- template
core.v1.ReplicationControllerStatus replicas=0 fullyLabeledReplicas- readyReplicas- availableReplicas- observedGeneration- conditions-
core.v1.ResourceClaim name="" request-
core.v1.ResourceFieldSelector containerName- resource="" divisor="0"
core.v1.ResourceHealth resourceID="" health- message
core.v1.ResourceQuota metadata={} spec={} status={}
core.v1.ResourceQuotaSpec hard- scopes- scopeSelector
core.v1.ResourceQuotaStatus hard- used-
core.v1.ResourceRequirements limits- requests- claims-
core.v1.ResourceStatus name="" resources-
core.v1.SELinuxOptions user- role- type- level-
core.v1.ScaleIOVolumeSource gateway="" system="" secretRef=null sslEnabled- protectionDomain- storagePool- storageMode- volumeName- fsType- readOnly-
core.v1.ScopeSelector matchExpressions-
core.v1.ScopedResourceSelectorRequirement scopeName="" operator="" values-
core.v1.SeccompProfile type="" localhostProfile
core.v1.Secret metadata={} immutable data- stringData- type-
core.v1.SecretEnvSource name- optional
core.v1.SecretKeySelector name- key="" optional
core.v1.SecretProjection name- items- optional
core.v1.SecretVolumeSource secretName- items- defaultMode optional
core.v1.SecurityContext capabilities privileged seLinuxOptions windowsOptions runAsUser runAsGroup runAsNonRoot readOnlyRootFilesystem allowPrivilegeEscalation procMount seccompProfile appArmorProfile
core.v1.Service metadata={} spec={} status={}
core.v1.ServiceAccount metadata={} secrets- imagePullSecrets- automountServiceAccountToken
core.v1.ServiceAccountTokenProjection audience- expirationSeconds path=""
core.v1.ServicePort name- protocol- appProtocol port=0 targetPort=0 nodePort-
core.v1.ServiceSpec ports- selector- clusterIP- clusterIPs- type- externalIPs- sessionAffinity- loadBalancerIP- loadBalancerSourceRanges- externalName- externalTrafficPolicy- healthCheckNodePort- publishNotReadyAddresses- sessionAffinityConfig ipFamilies- ipFamilyPolicy allocateLoadBalancerNodePorts loadBalancerClass internalTrafficPolicy trafficDistribution
core.v1.ServiceStatus loadBalancer={} conditions-
core.v1.SessionAffinityConfig clientIP
core.v1.SleepAction seconds=0
core.v1.StorageOSVolumeSource volumeName- volumeNamespace- fsType- readOnly- secretRef
core.v1.Sysctl name="" value=""
core.v1.TCPSocketAction port=0 host-
core.v1.Taint key="" value- effect="" timeAdded
core.v1.Toleration key- operator- value- effect- tolerationSeconds
core.v1.TopologySpreadConstraint maxSkew=0 topologyKey="" whenUnsatisfiable="" labelSelector minDomains nodeAffinityPolicy nodeTaintsPolicy matchLabelKeys-
core.v1.TypedLocalObjectReference apiGroup=null kind="" name=""
core.v1.TypedObjectReference apiGroup=null kind="" name="" namespace
core.v1.Volume name="" hostPath emptyDir gcePersistentDisk awsElasticBlockStore gitRepo secret nfs iscsi glusterfs persistentVolumeClaim rbd flexVolume cinder cephfs flocker downwardAPI fc azureFile configMap vsphereVolume quobyte azureDisk photonPersistentDisk projected portworxVolume scaleIO storageos csi ephemeral image
core.v1.VolumeDevice name="" devicePath=""
core.v1.VolumeMount name="" readOnly- recursiveReadOnly mountPath="" subPath- mountPropagation subPathExpr-
core.v1.VolumeMountStatus name="" mountPath="" readOnly- recursiveReadOnly volumeStatus
core.v1.VolumeProjection secret downwardAPI configMap serviceAccountToken clusterTrustBundle podCertificate
core.v1.VolumeResourceRequirements limits- requests-
core.v1.VolumeStatus image
core.v1.VsphereVirtualDiskVolumeSource volumePath="" fsType- storagePolicyName- storagePolicyID-
core.v1.WeightedPodAffinityTerm weight=0 podAffinityTerm={}
core.v1.WindowsSecurityContextOptions gmsaCredentialSpecName gmsaCredentialSpec runAsUserName hostProcess
meta.v1.Condition type="" status="" observedGeneration- lastTransitionTime=null reason="" message=""
meta.v1.LabelSelector matchLabels- matchExpressions-
meta.v1.LabelSelectorRequirement key="" operator="" values-
meta.v1.ManagedFieldsEntry manager- operation- apiVersion- time fieldsType- fieldsV1 subresource-
meta.v1.ObjectMeta name- generateName- namespace- selfLink- uid- resourceVersion- generation- creationTimestamp deletionTimestamp deletionGracePeriodSeconds labels- annotations- ownerReferences- finalizers- managedFields-
meta.v1.OwnerReference apiVersion="" kind="" name="" uid="" controller blockOwnerDeletion
networking.v1.HTTPIngressPath path- pathType=null backend={}
networking.v1.HTTPIngressRuleValue paths=null
networking.v1.Ingress metadata={} spec={} status={}
networking.v1.IngressBackend service resource
networking.v1.IngressLoadBalancerIngress ip- hostname- ports-
networking.v1.IngressLoadBalancerStatus ingress-
networking.v1.IngressPortStatus port=0 protocol="" error
networking.v1.IngressRule host- http
networking.v1.IngressServiceBackend name="" port={}
networking.v1.IngressSpec ingressClassName defaultBackend tls- rules-
networking.v1.IngressStatus loadBalancer={}
networking.v1.IngressTLS hosts- secretName-
networking.v1.ServiceBackendPort name- number-
policy.v1.PodDisruptionBudget metadata={} spec={} status={}
policy.v1.PodDisruptionBudgetSpec minAvailable selector maxUnavailable unhealthyPodEvictionPolicy
policy.v1.PodDisruptionBudgetStatus observedGeneration- disruptedPods- disruptionsAllowed=0 currentHealthy=0 desiredHealthy=0 expectedPods=0 conditions-
rbac.v1.AggregationRule clusterRoleSelectors-
rbac.v1.ClusterRole metadata={} rules=null aggregationRule
rbac.v1.ClusterRoleBinding metadata={} subjects- roleRef={}
rbac.v1.PolicyRule verbs=null apiGroups- resources- resourceNames- nonResourceURLs-
rbac.v1.Role metadata={} rules=null
rbac.v1.RoleBinding metadata={} subjects- roleRef={}
rbac.v1.RoleRef apiGroup="" kind="" name=""
rbac.v1.Subject kind="" apiGroup- name="" namespace-
scheduling.v1.PriorityClass metadata={} value=0 globalDefault- description- preemptionPolicy
`;
