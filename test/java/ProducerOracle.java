import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Kafka's own clients, for the tests of ours: `produce <brokers> <topic>` and `consume <brokers> <topic>`. */
public class ProducerOracle {
  public static void main(String[] args) throws Exception {
    if (args[0].equals("produce")) produce(args[1], args[2]);
    else consume(args[1], args[2]);
  }

  /** Sends a record for each key, one in Base64 per line of the input, and prints the partition that each went to. */
  private static void produce(String brokers, String topic) throws Exception {
    Map<String, Object> settings = Map.of("bootstrap.servers", brokers);
    ByteArraySerializer serializer = new ByteArraySerializer();
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings, serializer, serializer);
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in))) {
      for (String line = input.readLine(); line != null; line = input.readLine()) {
        byte[] key = Base64.getDecoder().decode(line);
        sent.add(producer.send(new ProducerRecord<>(topic, key, null)));
      }
    }
    StringBuilder partitions = new StringBuilder();
    for (Future<RecordMetadata> one : sent) partitions.append(one.get().partition()).append('\n');
    System.out.print(partitions);
  }

  /** Prints what is committed in the topic, partition by partition. */
  private static void consume(String brokers, String topic) {
    Map<String, Object> settings = Map.of("bootstrap.servers", brokers, "isolation.level", "read_committed");
    ByteArrayDeserializer deserializer = new ByteArrayDeserializer();
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings, deserializer, deserializer)) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream().map(info -> new TopicPartition(topic, info.partition())).sorted(
              (one, other) -> one.partition() - other.partition()).toList();
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      for (TopicPartition partition : partitions) {
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        while (consumer.position(partition) < ends.get(partition)) print(consumer.poll(Duration.ofSeconds(1)).records(partition));
      }
    }
  }

  private static void print(List<ConsumerRecord<byte[], byte[]>> records) {
    StringBuilder lines = new StringBuilder();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      lines.append(record.partition()).append(' ').append(record.offset()).append(' ').append(record.timestamp());
      lines.append(' ').append(text(record.key())).append(' ').append(text(record.value()));
      for (Header header : record.headers()) {
        lines.append(' ').append(text(header.key().getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        lines.append(' ').append(text(header.value()));
      }
      lines.append('\n');
    }
    System.out.print(lines);
  }

  /** Base64 in brackets, so that empty bytes can be seen; nothing in them has brackets of its own. */
  private static String text(byte[] bytes) {
    return bytes == null ? "null" : "[" + Base64.getEncoder().encodeToString(bytes) + "]";
  }
}
