package chaos.others;

import java.io.File;
import java.io.FileReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.Encoder;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.filesystem.bucketassigners.BasePathBucketAssigner;
import org.apache.flink.streaming.api.functions.sink.filesystem.rollingpolicies.OnCheckpointRollingPolicy;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * A job of Flink that reads topics with KafkaSource and writes a line for each record with FileSink. The job manager and the task
 * manager are in this process. Ends with a savepoint when a file that its settings name appears.
 *
 * <p>Argument: a file of Java properties. Those that begin with "job." are this program's, all others are Flink's.
 */
public final class FileSinkJob {
  private static final long LOOK_MS = 200;

  public static void main(String[] arguments) throws Exception {
    Properties properties = new Properties();
    try (Reader reader = new FileReader(arguments[0], StandardCharsets.UTF_8)) {
      properties.load(reader);
    }
    Configuration settings = new Configuration();
    for (String name : properties.stringPropertyNames())
      if (!name.startsWith("job.")) settings.setString(name, properties.getProperty(name));
    FileSystem.initialize(settings, null);

    JobClient job = start(StreamExecutionEnvironment.getExecutionEnvironment(settings), properties);
    File stop = new File(properties.getProperty("job.stop-file"));
    while (!stop.exists()) {
      if (job.getJobStatus().get().isGloballyTerminalState()) throw new IllegalStateException("The job has ended.");
      Thread.sleep(LOOK_MS);
    }
    job.stopWithSavepoint(false, properties.getProperty("job.savepoints"), SavepointFormatType.CANONICAL).get();
    System.exit(0);
  }

  private static JobClient start(StreamExecutionEnvironment environment, Properties properties) throws Exception {
    KafkaSource<String> source = KafkaSource.<String>builder()
        .setBootstrapServers(properties.getProperty("job.brokers"))
        .setTopics(List.of(properties.getProperty("job.topics").split(",")))
        .setGroupId(properties.getProperty("job.group"))
        .setStartingOffsets(OffsetsInitializer.earliest())
        .setProperty("isolation.level", "read_committed")
        .setProperty("partition.discovery.interval.ms", properties.getProperty("job.discovery-ms"))
        .setDeserializer(new Lines())
        .build();
    FileSink<String> sink = FileSink
        .<String>forRowFormat(new Path(properties.getProperty("job.folder")), new LineEncoder())
        .withBucketAssigner(new BasePathBucketAssigner<>())
        .withRollingPolicy(OnCheckpointRollingPolicy.build())
        .build();
    environment.fromSource(source, WatermarkStrategy.noWatermarks(), "kafka").uid("kafka").sinkTo(sink).uid("files");
    return environment.executeAsync("file-sink");
  }

  /** A JSON array for each record: topic, partition, offset, timestamp, key, value, then a name and a value for each header. */
  private static final class Lines implements KafkaRecordDeserializationSchema<String> {
    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<String> out) {
      StringBuilder line = new StringBuilder("[\"").append(record.topic()).append("\",").append(record.partition());
      line.append(',').append(record.offset()).append(',').append(record.timestamp());
      append(line, record.key());
      append(line, record.value());
      for (Header header : record.headers()) {
        append(line, header.key().getBytes(StandardCharsets.UTF_8));
        append(line, header.value());
      }
      out.collect(line.append(']').toString());
    }

    private static void append(StringBuilder line, byte[] bytes) {
      if (bytes == null) line.append(",null");
      else line.append(",\"").append(Base64.getEncoder().encodeToString(bytes)).append('"');
    }

    @Override
    public TypeInformation<String> getProducedType() {
      return Types.STRING;
    }
  }

  private static final class LineEncoder implements Encoder<String> {
    @Override
    public void encode(String line, OutputStream stream) throws IOException {
      stream.write(line.getBytes(StandardCharsets.US_ASCII));
      stream.write('\n');
    }
  }
}
