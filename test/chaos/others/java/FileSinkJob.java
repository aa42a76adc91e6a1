package chaos.others;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.BufferedOutputStream;
import java.io.File;
import java.io.FileReader;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Properties;
import java.util.zip.GZIPOutputStream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.BulkWriter;
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
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.io.JsonStringEncoder;
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
  private static final int BUFFER_BYTES = 65_536;

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
        .setDeserializer(new Lines(properties.getProperty("job.encoding").equals("text")))
        .build();
    FileSink<String> sink = sink(new Path(properties.getProperty("job.folder")), properties.getProperty("job.compression"));
    environment.fromSource(source, WatermarkStrategy.noWatermarks(), "kafka").uid("kafka").sinkTo(sink).uid("files");
    return environment.executeAsync("file-sink");
  }

  private static FileSink<String> sink(Path folder, String compression) {
    BasePathBucketAssigner<String> bucket = new BasePathBucketAssigner<>();
    return switch (compression) {
      case "none" -> FileSink
          .<String>forRowFormat(folder, new LineEncoder())
          .withBucketAssigner(bucket)
          .withRollingPolicy(OnCheckpointRollingPolicy.build())
          .build();
      case "gzip" -> FileSink
          .<String>forBulkFormat(folder, file -> new CompressedLines(new GZIPOutputStream(new LeftOpen(file), BUFFER_BYTES)))
          .withBucketAssigner(bucket)
          .build();
      case "zstd" -> FileSink
          .<String>forBulkFormat(folder, file -> new CompressedLines(new ZstdOutputStream(new LeftOpen(file))))
          .withBucketAssigner(bucket)
          .build();
      default -> throw new IllegalArgumentException(compression);
    };
  }

  /**
   * A JSON array for each record: topic, partition, offset, timestamp, key, value, then a name and a value for each header. Bytes are
   * in Base64, or text in UTF-8 as JSON has it.
   */
  private static final class Lines implements KafkaRecordDeserializationSchema<String> {
    private final boolean isText;

    Lines(boolean isText) {
      this.isText = isText;
    }

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

    private void append(StringBuilder line, byte[] bytes) {
      if (bytes == null) {
        line.append(",null");
        return;
      }
      line.append(",\"");
      if (isText) JsonStringEncoder.getInstance().quoteAsString(new String(bytes, StandardCharsets.UTF_8), line);
      else line.append(Base64.getEncoder().encodeToString(bytes));
      line.append('"');
    }

    @Override
    public TypeInformation<String> getProducedType() {
      return Types.STRING;
    }
  }

  private static final class LineEncoder implements Encoder<String> {
    @Override
    public void encode(String line, OutputStream stream) throws IOException {
      stream.write(line.getBytes(StandardCharsets.UTF_8));
      stream.write('\n');
    }
  }

  /** Lines of a file that is compressed as a whole, with the library's own level. */
  private static final class CompressedLines implements BulkWriter<String> {
    private final LineEncoder encoder = new LineEncoder();
    private final OutputStream compressed;

    CompressedLines(OutputStream compressed) {
      this.compressed = new BufferedOutputStream(compressed, BUFFER_BYTES);
    }

    @Override
    public void addElement(String line) throws IOException {
      encoder.encode(line, compressed);
    }

    @Override
    public void flush() throws IOException {
      compressed.flush();
    }

    @Override
    public void finish() throws IOException {
      compressed.close();
    }
  }

  /** A file of Flink, which Flink itself closes. */
  private static final class LeftOpen extends FilterOutputStream {
    LeftOpen(FSDataOutputStream file) {
      super(file);
    }

    @Override
    public void write(byte[] bytes, int start, int length) throws IOException {
      out.write(bytes, start, length);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}
