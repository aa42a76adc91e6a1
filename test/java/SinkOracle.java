import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.aiven.kafka.connect.common.config.CompressionType;
import io.aiven.kafka.connect.common.config.FormatType;
import io.aiven.kafka.connect.common.config.OutputField;
import io.aiven.kafka.connect.common.config.OutputFieldEncodingType;
import io.aiven.kafka.connect.common.config.OutputFieldType;
import io.aiven.kafka.connect.common.output.OutputWriter;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.avro.Schema;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.converters.ByteArrayConverter;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Values;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.storage.Converter;
import org.apache.kafka.connect.storage.StringConverter;
import org.apache.parquet.avro.AvroParquetWriter;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;

/**
 * Writes objects as sinks of Kafka Connect do. Each line of the input is a command with its arguments, separated by tabs, and gets
 * one line of output: the object in Base64. Records are a JSON array in Base64, whose keys, values and values of headers are Base64.
 *
 * <ul>
 *   <li>`aiven <format> <compression> <fields, with commas> <encoding of values> <envelope> <key converter> <value converter>
 *       <records>`: by Aiven's own writers
 *   <li>`confluent <values, keys or headers> <compression> <key converter> <value converter> <records>`: JSON as Confluent's
 *       `JsonRecordWriterProvider` and `RecordViews` write it, with the same calls of Connect and Jackson
 *   <li>`rows <avro or parquet> <codec> <schema> <rows>`: by Avro's and Parquet's own writers, in which both sinks' writers end.
 *       Rows are an array of texts in Avro's JSON encoding
 * </ul>
 *
 * Converters: `string`, `bytes`, `json` (without schemas), `struct` (JSON with its schema).
 */
public class SinkOracle {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String TOPIC = "orders";

  public static void main(String[] args) throws Exception {
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String command = commands.readLine(); command != null; command = commands.readLine()) {
      String answer;
      try {
        answer = Base64.getEncoder().encodeToString(answer(command.split("\t", -1)));
      } catch (Throwable error) {
        answer = "error " + error.toString().replace('\n', ' ');
      }
      System.out.println(answer);
      System.out.flush();
    }
  }

  private static byte[] answer(String[] command) throws Exception {
    switch (command[0]) {
      case "aiven":
        return aiven(command);
      case "confluent":
        return confluent(command);
      case "rows":
        return rows(command);
      default:
        throw new IllegalArgumentException("unknown command");
    }
  }

  private static byte[] aiven(String[] command) throws Exception {
    OutputFieldEncodingType encoding = OutputFieldEncodingType.forName(command[4]);
    List<OutputField> fields = new ArrayList<>();
    for (String field : command[3].split(",")) fields.add(new OutputField(OutputFieldType.forName(field), encoding));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputWriter writer = OutputWriter.builder()
        .withCompressionType(CompressionType.forName(command[2]))
        .withOutputFields(fields)
        .withEnvelopeEnabled(Boolean.valueOf(command[5]))
        .withExternalProperties(Map.of())
        .build(bytes, FormatType.forName(command[1]))) {
      writer.writeRecords(records(command[8], command[6], command[7]));
    }
    return bytes.toByteArray();
  }

  private static byte[] confluent(String[] command) throws Exception {
    JsonConverter converter = new JsonConverter();
    converter.configure(Map.of("schemas.enable", "false"), false);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    OutputStream out = command[2].equals("gzip") ? new GZIPOutputStream(bytes) : bytes;
    JsonGenerator writer = MAPPER.getFactory().createGenerator(out).setRootValueSeparator(null);
    for (SinkRecord record : records(command[5], command[3], command[4])) {
      SchemaAndValue view = view(command[1], record);
      if (view.value() instanceof Struct) {
        out.write(converter.fromConnectData(TOPIC, view.schema(), view.value()));
        out.write('\n');
      } else {
        writer.writeObject(view.value());
        writer.writeRaw("\n");
      }
    }
    writer.flush();
    out.close();
    return bytes.toByteArray();
  }

  private static SchemaAndValue view(String part, SinkRecord record) {
    if (part.equals("values")) return new SchemaAndValue(record.valueSchema(), record.value());
    if (part.equals("keys")) return new SchemaAndValue(record.keySchema(), record.key());
    org.apache.kafka.connect.data.Schema header = SchemaBuilder.struct()
        .field("key", org.apache.kafka.connect.data.Schema.STRING_SCHEMA)
        .field("value", org.apache.kafka.connect.data.Schema.STRING_SCHEMA)
        .build();
    org.apache.kafka.connect.data.Schema schema =
        SchemaBuilder.struct().name("RecordHeaders").field("headers", SchemaBuilder.array(header).build()).build();
    List<Struct> headers = new ArrayList<>();
    for (Header one : record.headers()) {
      headers.add(new Struct(header).put("key", one.key())
          .put("value", Values.convertToString(one.schema(), one.value())));
    }
    return new SchemaAndValue(schema, new Struct(schema).put("headers", headers));
  }

  private static List<SinkRecord> records(String argument, String keyKind, String valueKind) throws Exception {
    Converter keys = converter(keyKind, true);
    Converter values = converter(valueKind, false);
    List<SinkRecord> records = new ArrayList<>();
    for (JsonNode node : MAPPER.readTree(Base64.getDecoder().decode(argument))) {
      SchemaAndValue key = keys.toConnectData(TOPIC, bytes(node.get("key")));
      SchemaAndValue value = values.toConnectData(TOPIC, bytes(node.get("value")));
      ConnectHeaders headers = new ConnectHeaders();
      for (JsonNode header : node.get("headers")) {
        byte[] content = bytes(header.get(1));
        SchemaAndValue converted = keyKind.equals("bytes")
            ? new ByteArrayConverter().toConnectHeader(TOPIC, header.get(0).asText(), content)
            : new StringConverter().toConnectHeader(TOPIC, header.get(0).asText(), content);
        headers.add(header.get(0).asText(), converted);
      }
      Long timestamp = node.get("timestamp").isNull() ? null : node.get("timestamp").asLong();
      records.add(new SinkRecord(TOPIC, 0, key.schema(), key.value(), value.schema(), value.value(),
          node.get("offset").asLong(), timestamp, TimestampType.CREATE_TIME, headers));
    }
    return records;
  }

  private static byte[] bytes(JsonNode node) {
    return node.isNull() ? null : Base64.getDecoder().decode(node.asText());
  }

  private static Converter converter(String kind, boolean isKey) {
    Converter converter = kind.equals("string") ? new StringConverter()
        : kind.equals("bytes") ? new ByteArrayConverter() : new JsonConverter();
    converter.configure(Map.of("schemas.enable", String.valueOf(kind.equals("struct"))), isKey);
    return converter;
  }

  private static byte[] rows(String[] command) throws Exception {
    Schema schema = new Schema.Parser().parse(new String(Base64.getDecoder().decode(command[3]), StandardCharsets.UTF_8));
    List<Object> rows = new ArrayList<>();
    for (JsonNode row : MAPPER.readTree(Base64.getDecoder().decode(command[4]))) {
      rows.add(new GenericDatumReader<>(schema).read(null, DecoderFactory.get().jsonDecoder(schema, row.asText())));
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    if (command[1].equals("parquet")) {
      try (ParquetWriter<Object> writer = AvroParquetWriter.builder(file(bytes))
          .withConf(new PlainParquetConfiguration())
          .withSchema(schema)
          .withDictionaryEncoding(true)
          .withCompressionCodec(CompressionCodecName.valueOf(command[2].toUpperCase()))
          .withPageSize(64 * 1024)
          .build()) {
        for (Object row : rows) writer.write(row);
      }
    } else {
      try (DataFileWriter<Object> writer = new DataFileWriter<>(new GenericDatumWriter<>(schema))) {
        writer.setCodec(CodecFactory.fromString(command[2]));
        writer.create(schema, bytes);
        for (Object row : rows) writer.append(row);
      }
    }
    return bytes.toByteArray();
  }

  private static OutputFile file(ByteArrayOutputStream bytes) {
    return new OutputFile() {
      @Override
      public PositionOutputStream create(long blockSize) {
        return new PositionOutputStream() {
          @Override
          public long getPos() {
            return bytes.size();
          }

          @Override
          public void write(int value) {
            bytes.write(value);
          }

          @Override
          public void write(byte[] some, int start, int length) {
            bytes.write(some, start, length);
          }
        };
      }

      @Override
      public PositionOutputStream createOrOverwrite(long blockSize) {
        return create(blockSize);
      }

      @Override
      public boolean supportsBlockSize() {
        return false;
      }

      @Override
      public long defaultBlockSize() {
        return 0;
      }
    };
  }
}
