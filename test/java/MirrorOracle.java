package org.apache.kafka.connect.mirror;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.runtime.SinkConnectorConfig;

/**
 * MirrorMaker 2's own classes, asked line by line: a command and its arguments, separated by tabs, and one line of
 * answer for each. In MirrorMaker 2's package, because it keeps some of them to itself. Bytes are in hexadecimal.
 */
class MirrorOracle {
    public static void main(String[] args) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String answer;
            try {
                answer = answer(line.split("\t", -1));
            } catch (Exception error) {
                answer = "error " + error.toString().replace('\n', ' ');
            }
            System.out.write((answer + "\n").getBytes("UTF-8"));
            System.out.flush();
        }
    }

    static String answer(String[] command) throws Exception {
        switch (command[0]) {
            case "encode-offset-sync": {
                OffsetSync sync = new OffsetSync(partition(command, 1), number(command[3]), number(command[4]));
                return hex(sync.recordKey()) + "\t" + hex(sync.recordValue());
            }
            case "decode-offset-sync": {
                OffsetSync sync = OffsetSync.deserializeRecord(record(command));
                return join(sync.topicPartition().topic(), sync.topicPartition().partition(), sync.upstreamOffset(),
                    sync.downstreamOffset());
            }
            case "encode-checkpoint": {
                Checkpoint checkpoint = new Checkpoint(command[1], partition(command, 2), number(command[4]),
                    number(command[5]), command[6]);
                return hex(checkpoint.recordKey()) + "\t" + hex(checkpoint.recordValue());
            }
            case "decode-checkpoint": {
                Checkpoint checkpoint = Checkpoint.deserializeRecord(record(command));
                return join(checkpoint.consumerGroupId(), checkpoint.topicPartition().topic(),
                    checkpoint.topicPartition().partition(), checkpoint.upstreamOffset(),
                    checkpoint.downstreamOffset(), checkpoint.metadata());
            }
            case "encode-heartbeat": {
                Heartbeat heartbeat = new Heartbeat(command[1], command[2], number(command[3]));
                return hex(heartbeat.recordKey()) + "\t" + hex(heartbeat.recordValue());
            }
            case "decode-heartbeat": {
                Heartbeat heartbeat = Heartbeat.deserializeRecord(record(command));
                return join(heartbeat.sourceClusterAlias(), heartbeat.targetClusterAlias(), heartbeat.timestamp());
            }
            case "store-translate":
                return storeTranslate(command);
            case "translate-offsets":
                return translateOffsets(cluster(command), command[2], command[3]);
            case "heartbeat-topics":
                return join(new TreeSet<>(RemoteClusterUtils.heartbeatTopics(cluster(command))).toArray());
            case "checkpoint-topics":
                return join(new TreeSet<>(RemoteClusterUtils.checkpointTopics(cluster(command))).toArray());
            case "upstream-clusters":
                return join(new TreeSet<>(RemoteClusterUtils.upstreamClusters(cluster(command))).toArray());
            case "replication-hops":
                return join(RemoteClusterUtils.replicationHops(cluster(command), command[2]));
            case "sink-settings":
                return settings(SinkConnectorConfig.configDef());
            case "mirror-settings":
                return settings(MirrorSourceConfig.CONNECTOR_CONFIG_DEF, MirrorCheckpointConfig.CONNECTOR_CONFIG_DEF,
                    MirrorHeartbeatConfig.CONNECTOR_CONFIG_DEF);
            default:
                throw new IllegalArgumentException(command[0]);
        }
    }

    /** The names of settings, each with its default behind a space if it has one. */
    static String settings(ConfigDef... definitions) {
        TreeSet<String> settings = new TreeSet<>();
        for (ConfigDef definition : definitions) {
            for (ConfigDef.ConfigKey key : definition.configKeys().values()) {
                boolean isKnown = key.hasDefault() && key.defaultValue != null;
                settings.add(isKnown ? key.name + " " + key.defaultValue : key.name);
            }
        }
        return join(settings.toArray());
    }

    /**
     * What MirrorMaker 2's store makes of offset syncs: the source offset to translate, then pairs of key and value in
     * the order of the topic.
     */
    static String storeTranslate(String[] command) {
        OffsetSyncStore store = new OffsetSyncStore() {
            @Override
            void backingStoreStart() {
                for (int at = 2; at + 1 < command.length; at += 2) {
                    handleRecord(new ConsumerRecord<>("syncs", 0, 0, bytes(command[at]), bytes(command[at + 1])));
                }
            }
        };
        store.start(false);
        TopicPartition partition =
            OffsetSync.deserializeRecord(new ConsumerRecord<>("syncs", 0, 0, bytes(command[2]), bytes(command[3])))
                .topicPartition();
        return join(store.translateDownstream("group", partition, number(command[1])).orElse(-1));
    }

    static String translateOffsets(Map<String, Object> cluster, String source, String group) throws Exception {
        Map<String, Long> offsets = new TreeMap<>();
        RemoteClusterUtils.translateOffsets(cluster, source, group, Duration.ofSeconds(10)).forEach((partition, offset) ->
            offsets.put(partition.toString(), offset.offset()));
        return join(offsets.entrySet().toArray());
    }

    static Map<String, Object> cluster(String[] command) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", command[1]);
        return settings;
    }

    static ConsumerRecord<byte[], byte[]> record(String[] command) {
        return new ConsumerRecord<>("topic", 0, 0, bytes(command[1]), bytes(command[2]));
    }

    static TopicPartition partition(String[] command, int at) {
        return new TopicPartition(command[at], Integer.parseInt(command[at + 1]));
    }

    static long number(String text) {
        return Long.parseLong(text);
    }

    static String join(Object... fields) {
        return Stream.of(fields).map(String::valueOf).collect(Collectors.joining("\t"));
    }

    static byte[] bytes(String hex) {
        ByteBuffer bytes = ByteBuffer.allocate(hex.length() / 2);
        for (int at = 0; at < hex.length(); at += 2) bytes.put((byte) Integer.parseInt(hex.substring(at, at + 2), 16));
        return bytes.array();
    }

    static String hex(byte[] bytes) {
        StringBuilder hex = new StringBuilder();
        for (byte one : bytes) hex.append(String.format("%02x", one));
        return hex.toString();
    }
}
