import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A reader with Kafka's own consumer that follows topics from their beginning and gets only what is committed. Each line of the
 * input has the brokers and the topics, separated by tabs, always the same. The answer has `<topic> <partition> <number>` for each
 * record since the last answer, separated by tabs; the number is the value of the header of that name. A cluster that is away has
 * nothing new.
 */
public class TopicFollower {
  /** How long one answer may take that has to wait for brokers. */
  private static final int LIMIT_MS = 5_000;

  private static final List<String> news = new ArrayList<>();

  public static void main(String[] args) throws Exception {
    BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    KafkaConsumer<byte[], byte[]> consumer = null;
    for (String line = questions.readLine(); line != null; line = questions.readLine()) {
      List<String> question = List.of(line.split("\t"));
      if (consumer == null) consumer = consumer(question.get(0));
      try {
        follow(consumer, question.subList(1, question.size()));
      } catch (KafkaException away) {
        // What was read before it is answered, and the rest next time.
      }
      System.out.write((String.join("\t", news) + "\n").getBytes(StandardCharsets.UTF_8));
      System.out.flush();
      news.clear();
    }
  }

  private static void follow(KafkaConsumer<byte[], byte[]> consumer, List<String> topics) {
    long deadline = System.currentTimeMillis() + LIMIT_MS;
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic : topics)
      for (PartitionInfo info : consumer.partitionsFor(topic)) partitions.add(new TopicPartition(topic, info.partition()));
    // Those that were followed before keep their positions.
    consumer.assign(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      if (System.currentTimeMillis() > deadline) return;
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
        Header number = record.headers().lastHeader("number");
        if (number == null) continue;
        String text = new String(number.value(), StandardCharsets.UTF_8);
        news.add(record.topic() + " " + record.partition() + " " + text);
      }
    }
  }

  private static KafkaConsumer<byte[], byte[]> consumer(String brokers) {
    Map<String, Object> settings = Map.of(
        "bootstrap.servers", brokers,
        "isolation.level", "read_committed",
        "auto.offset.reset", "earliest",
        "default.api.timeout.ms", LIMIT_MS,
        "request.timeout.ms", LIMIT_MS);
    ByteArrayDeserializer deserializer = new ByteArrayDeserializer();
    return new KafkaConsumer<>(settings, deserializer, deserializer);
  }
}
