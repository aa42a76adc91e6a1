package chaos.others;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.transforms.Transformation;

/**
 * A transform of Kafka Connect that puts the whole record into its value, because Iceberg's sink writes the fields of a value and
 * nothing else. All converters have to be Connect's for bytes.
 */
public final class WholeRecord implements Transformation<SinkRecord> {
  private static final Schema HEADER = SchemaBuilder.struct()
      .field("key", Schema.STRING_SCHEMA)
      .field("value", Schema.OPTIONAL_BYTES_SCHEMA)
      .build();

  private static final Schema RECORD = SchemaBuilder.struct()
      .field("topic", Schema.STRING_SCHEMA)
      .field("partition", Schema.INT32_SCHEMA)
      .field("offset", Schema.INT64_SCHEMA)
      .field("timestamp", Schema.OPTIONAL_INT64_SCHEMA)
      .field("key", Schema.OPTIONAL_BYTES_SCHEMA)
      .field("value", Schema.OPTIONAL_BYTES_SCHEMA)
      .field("headers", SchemaBuilder.array(HEADER).build())
      .build();

  @Override
  public SinkRecord apply(SinkRecord record) {
    List<Struct> headers = new ArrayList<>();
    for (Header header : record.headers())
      headers.add(new Struct(HEADER).put("key", header.key()).put("value", header.value()));
    Struct value = new Struct(RECORD)
        .put("topic", record.topic())
        .put("partition", record.kafkaPartition())
        .put("offset", record.kafkaOffset())
        .put("timestamp", record.timestamp())
        .put("key", record.key())
        .put("value", record.value())
        .put("headers", headers);
    return record.newRecord(record.topic(), record.kafkaPartition(), null, null, RECORD, value, record.timestamp());
  }

  @Override
  public ConfigDef config() {
    return new ConfigDef();
  }

  @Override
  public void configure(Map<String, ?> settings) {}

  @Override
  public void close() {}
}
