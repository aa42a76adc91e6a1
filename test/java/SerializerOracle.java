import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.ExtensionRegistry;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.avro.Conversions;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.NameValidator;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericEnumSymbol;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.util.RandomData;

/**
 * The encoders of Confluent's and Apicurio's serializers for Java, which are Avro's and Protobuf's own. Each line of the input is a
 * command with its arguments, separated by tabs, and gets one line of output, with a field for each value: its bytes and its JSON,
 * both in Base64, separated by a space. Arguments are in Base64 as well, except for numbers.
 *
 * <ul>
 *   <li>`avro <schema> <referred schemas, with commas> <count> <seed>`: values that Avro's own generator makes
 *   <li>`avro-json <schema> <referred schemas> <value in Avro's JSON encoding>`
 *   <li>`protobuf <descriptor set> <message> <count> <seed>`: messages of random fields
 *   <li>`protobuf-json <descriptor set> <message> <ProtoJSON>`
 *   <li>`resource <path>`: a file of the class path
 * </ul>
 */
public class SerializerOracle {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final JsonNodeFactory JSON = JsonNodeFactory.withExactBigDecimals(true);

  public static void main(String[] args) throws Exception {
    // Values that are nested deep need a larger stack than the main thread has.
    Thread thread = new Thread(null, SerializerOracle::run, "oracle", 256L << 20);
    thread.start();
    thread.join();
  }

  private static void run() {
    try {
      BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String command = commands.readLine(); command != null; command = commands.readLine()) {
        String answer;
        try {
          answer = answer(command.split("\t", -1));
        } catch (Exception error) {
          answer = "error " + error.toString().replace('\n', ' ');
        }
        System.out.write((answer + "\n").getBytes(StandardCharsets.UTF_8));
        System.out.flush();
      }
    } catch (Exception error) {
      throw new IllegalStateException(error);
    }
  }

  private static String answer(String[] command) throws Exception {
    List<String> values = new ArrayList<>();
    switch (command[0]) {
      case "avro" -> {
        Schema schema = avroSchema(text(command[1]), command[2]);
        for (Object value : new RandomData(schema, Integer.parseInt(command[3]), Long.parseLong(command[4]), true)) {
          values.add(avro(schema, value));
        }
      }
      case "avro-json" -> {
        Schema schema = avroSchema(text(command[1]), command[2]);
        values.add(avro(schema, new GenericDatumReader<>(schema).read(null, DecoderFactory.get().jsonDecoder(schema, text(command[3])))));
      }
      case "protobuf" -> {
        Files files = new Files(command[1]);
        Random random = new Random(Long.parseLong(command[4]));
        Descriptor type = files.message(text(command[2]));
        for (int i = Integer.parseInt(command[3]); i > 0; i--) values.add(files.encode(files.random(type, random, 4)));
      }
      case "protobuf-json" -> {
        Files files = new Files(command[1]);
        DynamicMessage.Builder builder = DynamicMessage.newBuilder(files.message(text(command[2])));
        JsonFormat.parser().usingTypeRegistry(files.types).merge(text(command[3]), builder);
        values.add(files.encode(builder.build()));
      }
      case "resource" -> {
        try (InputStream resource = SerializerOracle.class.getClassLoader().getResourceAsStream(text(command[1]))) {
          values.add(base64(resource.readAllBytes()));
        }
      }
      default -> throw new IllegalArgumentException(command[0]);
    }
    return String.join("\t", values);
  }

  private static String text(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  // --- Avro ---

  private static Schema avroSchema(String definition, String references) {
    // As Confluent's `AvroSchema` parses schemas, and without checks of names, as many producers do.
    Schema.Parser parser = new Schema.Parser(NameValidator.NO_VALIDATION).setValidateDefaults(false);
    if (!references.isEmpty()) for (String reference : references.split(",")) parser.parse(text(reference));
    return parser.parse(definition);
  }

  private static String avro(Schema schema, Object value) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
    new GenericDatumWriter<>(schema).write(value, encoder);
    encoder.flush();
    Object read = new GenericDatumReader<>(schema).read(null, DecoderFactory.get().binaryDecoder(bytes.toByteArray(), null));
    return base64(bytes.toByteArray()) + " " + base64(MAPPER.writeValueAsBytes(json(schema, read)));
  }

  /** What Java's reader has read, as the documentation says that JSON has it. */
  private static JsonNode json(Schema schema, Object value) {
    return switch (schema.getType()) {
      case NULL -> JSON.nullNode();
      case BOOLEAN -> JSON.booleanNode((Boolean) value);
      case INT -> JSON.numberNode((Integer) value);
      case LONG -> JSON.numberNode((Long) value);
      case FLOAT -> number(((Float) value).doubleValue());
      case DOUBLE -> number((Double) value);
      case STRING -> JSON.textNode(value.toString());
      case ENUM -> JSON.textNode(((GenericEnumSymbol<?>) value).toString());
      case BYTES -> binary(schema, bytes((ByteBuffer) value));
      case FIXED -> binary(schema, ((GenericFixed) value).bytes());
      case ARRAY -> {
        ArrayNode array = JSON.arrayNode();
        for (Object item : (Iterable<?>) value) array.add(json(schema.getElementType(), item));
        yield array;
      }
      case MAP -> {
        ObjectNode map = JSON.objectNode();
        for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
          map.set(entry.getKey().toString(), json(schema.getValueType(), entry.getValue()));
        }
        yield map;
      }
      case RECORD -> {
        ObjectNode record = JSON.objectNode();
        for (Schema.Field field : schema.getFields()) {
          record.set(field.name(), json(field.schema(), ((IndexedRecord) value).get(field.pos())));
        }
        yield record;
      }
      case UNION -> union(schema, value);
    };
  }

  private static JsonNode number(double number) {
    return Double.isFinite(number) ? JSON.numberNode(number) : JSON.textNode(String.valueOf(number));
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  /** A decimal only where Avro's own library takes it for a valid one. */
  private static JsonNode binary(Schema schema, byte[] bytes) {
    LogicalType logical = LogicalTypes.fromSchemaIgnoreInvalid(schema);
    if (!(logical instanceof LogicalTypes.Decimal)) return JSON.textNode(base64(bytes));
    ByteBuffer buffer = ByteBuffer.wrap(bytes.length == 0 ? new byte[1] : bytes);
    return JSON.textNode(new Conversions.DecimalConversion().fromBytes(buffer, schema, logical).toPlainString());
  }

  private static JsonNode union(Schema schema, Object value) {
    Schema branch = schema.getTypes().get(GenericData.get().resolveUnion(schema, value));
    if (branch.getType() == Schema.Type.NULL) return JSON.nullNode();
    Set<String> kinds = new HashSet<>();
    boolean areDistinct = true;
    for (Schema one : schema.getTypes()) {
      if (one.getType() != Schema.Type.NULL) areDistinct &= kinds.add(kind(one));
    }
    JsonNode content = json(branch, value);
    return areDistinct ? content : JSON.objectNode().set(branch.getFullName(), content);
  }

  private static String kind(Schema schema) {
    return switch (schema.getType()) {
      case RECORD, MAP -> "object";
      case INT, LONG, FLOAT, DOUBLE -> "number";
      case ARRAY, BOOLEAN -> schema.getType().getName();
      default -> "string";
    };
  }

  // --- Protobuf ---

  /** The files of a descriptor set, each after those that it imports. */
  private static class Files {
    final Map<String, FileDescriptor> files = new HashMap<>();
    final ExtensionRegistry extensions = ExtensionRegistry.newInstance();
    final JsonFormat.TypeRegistry types;

    Files(String base64) throws Exception {
      JsonFormat.TypeRegistry.Builder registry = JsonFormat.TypeRegistry.newBuilder();
      for (FileDescriptorProto file : FileDescriptorSet.parseFrom(Base64.getDecoder().decode(base64)).getFileList()) {
        FileDescriptor[] imports = file.getDependencyList().stream().map(files::get).toArray(FileDescriptor[]::new);
        FileDescriptor built = FileDescriptor.buildFrom(file, imports);
        files.put(file.getName(), built);
        registry.add(built.getMessageTypes());
        for (FieldDescriptor extension : built.getExtensions()) {
          if (extension.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
            extensions.add(extension, DynamicMessage.getDefaultInstance(extension.getMessageType()));
          } else extensions.add(extension);
        }
      }
      types = registry.build();
    }

    Descriptor message(String name) {
      for (FileDescriptor file : files.values()) {
        String prefix = file.getPackage().isEmpty() ? "" : file.getPackage() + ".";
        if (!name.startsWith(prefix)) continue;
        Descriptor type = null;
        for (String part : name.substring(prefix.length()).split("\\.")) {
          type = type == null ? file.findMessageTypeByName(part) : type.findNestedTypeByName(part);
          if (type == null) break;
        }
        if (type != null) return type;
      }
      throw new IllegalArgumentException("no message " + name);
    }

    /** The message indexes, the message, and its ProtoJSON. */
    String encode(Message message) throws Exception {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      List<Integer> path = new ArrayList<>();
      for (Descriptor type = message.getDescriptorForType(); type != null; type = type.getContainingType()) path.add(0, type.getIndex());
      // One zero stands for the first message of the file.
      if (path.equals(List.of(0))) bytes.write(0);
      else {
        zigzag(bytes, path.size());
        for (int index : path) zigzag(bytes, index);
      }
      message.writeTo(bytes);
      Message read = DynamicMessage.parseFrom(message.getDescriptorForType(), message.toByteString(), extensions);
      String json = JsonFormat.printer().usingTypeRegistry(types).omittingInsignificantWhitespace().print(read);
      return base64(bytes.toByteArray()) + " " + base64(json.getBytes(StandardCharsets.UTF_8));
    }

    private static void zigzag(ByteArrayOutputStream bytes, int number) {
      int left = number << 1;
      for (; left >= 0x80; left >>>= 7) bytes.write((left & 0x7f) | 0x80);
      bytes.write(left);
    }

    Message random(Descriptor type, Random random, int depth) {
      DynamicMessage.Builder builder = DynamicMessage.newBuilder(type);
      if (type.getFullName().equals("google.protobuf.Timestamp") || type.getFullName().equals("google.protobuf.Duration")) {
        builder.setField(type.findFieldByName("seconds"), (long) random.nextInt());
        // Both parts of a duration have one sign, and a timestamp's nanoseconds have none.
        boolean isPositive = (Long) builder.getField(type.findFieldByName("seconds")) >= 0;
        if (isPositive) builder.setField(type.findFieldByName("nanos"), random.nextInt(1_000_000_000));
        return builder.build();
      }
      List<FieldDescriptor> fields = new ArrayList<>(type.getFields());
      for (ExtensionRegistry.ExtensionInfo extension : extensions.getAllImmutableExtensionsByExtendedType(type.getFullName())) {
        fields.add(extension.descriptor);
      }
      for (FieldDescriptor field : fields) {
        boolean isMessage = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
        if (isMessage && depth == 0 || !field.isRequired() && random.nextInt(4) == 0) continue;
        if (!field.isRepeated()) builder.setField(field, value(field, random, depth));
        else for (int i = random.nextInt(4); i > 0; i--) builder.addRepeatedField(field, value(field, random, depth));
      }
      return builder.build();
    }

    private Object value(FieldDescriptor field, Random random, int depth) {
      int kind = random.nextInt(6);
      return switch (field.getJavaType()) {
        case INT -> kind == 0 ? Integer.MIN_VALUE : kind == 1 ? -1 : kind == 2 ? 0 : random.nextInt();
        case LONG -> kind == 0 ? Long.MIN_VALUE : kind == 1 ? -1L : kind == 2 ? 0L : random.nextLong();
        // Few binary digits: Java writes only as many decimal ones as tell a float from its neighbours.
        case FLOAT -> kind == 0 ? Float.NaN : kind == 1 ? Float.NEGATIVE_INFINITY : kind == 2 ? 0f : random.nextInt(1 << 12) / 8f;
        case DOUBLE -> kind == 0 ? Double.NaN : kind == 1 ? Double.POSITIVE_INFINITY : kind == 2 ? 0d : random.nextGaussian() * 1e20;
        case BOOLEAN -> random.nextBoolean();
        case STRING -> List.of("", "text", "größe \"x\" \\ \u0001 \u2028 😀", "__proto__", "constructor", "7").get(kind);
        case BYTE_STRING -> ByteString.copyFrom(new byte[] {(byte) random.nextInt(), -1}, 0, random.nextInt(3));
        case ENUM -> {
          List<EnumValueDescriptor> values = field.getEnumType().getValues();
          boolean isUnknown = kind == 0 && !field.getEnumType().isClosed();
          yield isUnknown ? field.getEnumType().findValueByNumberCreatingIfUnknown(4711) : values.get(random.nextInt(values.size()));
        }
        case MESSAGE -> random(field.getMessageType(), random, depth - 1);
      };
    }
  }
}
