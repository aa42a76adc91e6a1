import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Kafka's own clients, for the tests of ours. Each line of the input is a command with its arguments, separated by tabs, and
 * gets one line of output: `produce <brokers> <topic> <key>...`, `consume <brokers> <topic>`, `consume-now <brokers> <topic>`,
 * `digest <brokers> <topic>` and `next <brokers> <topic> <partition>:<offset>...`.
 */
public class ProducerOracle {
  public static void main(String[] args) throws Exception {
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String command = commands.readLine(); command != null; command = commands.readLine()) {
      String answer;
      try {
        answer = answer(List.of(command.split("\t", -1)));
      } catch (Exception error) {
        answer = "error " + error.toString().replace('\n', ' ');
      }
      System.out.write((answer + "\n").getBytes(StandardCharsets.UTF_8));
      System.out.flush();
    }
  }

  private static String answer(List<String> command) throws Exception {
    String brokers = command.get(1);
    String topic = command.get(2);
    return switch (command.get(0)) {
      case "produce" -> produce(brokers, topic, command.subList(3, command.size()));
      case "consume" -> consume(brokers, topic, "read_uncommitted");
      case "consume-now" -> consume(brokers, topic, "read_committed");
      case "digest" -> digests(brokers, topic);
      case "next" -> next(brokers, topic, command.subList(3, command.size()));
      default -> throw new IllegalArgumentException(command.get(0));
    };
  }

  /** Sends a record for each key, in Base64, and answers with the partition that each went to. */
  private static String produce(String brokers, String topic, List<String> keys) throws Exception {
    Map<String, Object> settings = Map.of("bootstrap.servers", brokers);
    ByteArraySerializer serializer = new ByteArraySerializer();
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings, serializer, serializer)) {
      for (String key : keys) sent.add(producer.send(new ProducerRecord<>(topic, Base64.getDecoder().decode(key), null)));
    }
    List<String> partitions = new ArrayList<>();
    for (Future<RecordMetadata> one : sent) partitions.add(String.valueOf(one.get().partition()));
    return String.join("\t", partitions);
  }

  /**
   * Answers with what is committed in the topic, partition by partition.
   *
   * @param end of which reader it reads to the end: of one that also sees open transactions, whose end it waits for, or of
   *     one that doesn't
   */
  private static String consume(String brokers, String topic, String end) {
    List<String> records = new ArrayList<>();
    read(brokers, topic, end, record -> records.add(fields(record)));
    return String.join("\t", records);
  }

  /**
   * Answers with a digest of each partition's committed records, and their number. A record is: timestamp INT64, key, value, number
   * of headers INT32, then name and value of each; all bytes after their length INT32, -1 for null.
   */
  private static String digests(String brokers, String topic) throws Exception {
    Map<Integer, MessageDigest> digests = new TreeMap<>();
    Map<Integer, Long> counts = new TreeMap<>();
    MessageDigest none = MessageDigest.getInstance("SHA-256");
    read(brokers, topic, "read_uncommitted", record -> {
      MessageDigest digest = digests.computeIfAbsent(record.partition(), partition -> copyOf(none));
      counts.merge(record.partition(), 1L, Long::sum);
      digest.update(ByteBuffer.allocate(Long.BYTES).putLong(record.timestamp()).flip());
      add(digest, record.key());
      add(digest, record.value());
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(record.headers().toArray().length).flip());
      for (Header header : record.headers()) {
        add(digest, header.key().getBytes(StandardCharsets.UTF_8));
        add(digest, header.value());
      }
    });
    List<String> answers = new ArrayList<>();
    for (var entry : digests.entrySet()) {
      int partition = entry.getKey();
      answers.add(partition + " " + counts.get(partition) + " " + HexFormat.of().formatHex(entry.getValue().digest()));
    }
    return String.join("\t", answers);
  }

  private static MessageDigest copyOf(MessageDigest digest) {
    try {
      return (MessageDigest) digest.clone();
    } catch (CloneNotSupportedException error) {
      throw new IllegalStateException(error);
    }
  }

  private static void add(MessageDigest digest, byte[] bytes) {
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes == null ? -1 : bytes.length).flip());
    if (bytes != null) digest.update(bytes);
  }

  /** Answers with the first committed record of each place, a partition and an offset, from there on; with "none" at the end. */
  private static String next(String brokers, String topic, List<String> places) {
    List<String> records = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> committed = consumer(brokers, "read_committed")) {
      for (String place : places) {
        String[] numbers = place.split(":");
        records.add(next(committed, new TopicPartition(topic, Integer.parseInt(numbers[0])), Long.parseLong(numbers[1])));
      }
    }
    return String.join("\t", records);
  }

  private static String next(KafkaConsumer<byte[], byte[]> committed, TopicPartition partition, long offset) {
    committed.assign(List.of(partition));
    committed.seek(partition, offset);
    long end = committed.endOffsets(List.of(partition)).get(partition);
    while (committed.position(partition) < end)
      for (ConsumerRecord<byte[], byte[]> record : committed.poll(Duration.ofSeconds(1)).records(partition))
        return fields(record);
    return "none";
  }

  private static void read(String brokers, String topic, String end, Consumer<ConsumerRecord<byte[], byte[]>> take) {
    try (KafkaConsumer<byte[], byte[]> all = consumer(brokers, end);
        KafkaConsumer<byte[], byte[]> committed = consumer(brokers, "read_committed")) {
      List<TopicPartition> partitions =
          all.partitionsFor(topic).stream().map(info -> new TopicPartition(topic, info.partition())).sorted(
              (one, other) -> one.partition() - other.partition()).toList();
      Map<TopicPartition, Long> ends = all.endOffsets(partitions);
      for (TopicPartition partition : partitions) {
        committed.assign(List.of(partition));
        committed.seekToBeginning(List.of(partition));
        while (committed.position(partition) < ends.get(partition))
          for (ConsumerRecord<byte[], byte[]> record : committed.poll(Duration.ofSeconds(1)).records(partition))
            take.accept(record);
      }
    }
  }

  private static KafkaConsumer<byte[], byte[]> consumer(String brokers, String isolation) {
    Map<String, Object> settings = Map.of("bootstrap.servers", brokers, "isolation.level", isolation);
    ByteArrayDeserializer deserializer = new ByteArrayDeserializer();
    return new KafkaConsumer<>(settings, deserializer, deserializer);
  }

  private static String fields(ConsumerRecord<byte[], byte[]> record) {
    StringBuilder fields = new StringBuilder();
    fields.append(record.partition()).append(' ').append(record.offset()).append(' ').append(record.timestamp());
    fields.append(' ').append(text(record.key())).append(' ').append(text(record.value()));
    for (Header header : record.headers()) {
      fields.append(' ').append(text(header.key().getBytes(StandardCharsets.UTF_8)));
      fields.append(' ').append(text(header.value()));
    }
    return fields.toString();
  }

  /** Base64 in brackets, so that empty bytes can be seen; Base64 itself has no brackets. */
  private static String text(byte[] bytes) {
    return bytes == null ? "null" : "[" + Base64.getEncoder().encodeToString(bytes) + "]";
  }
}
