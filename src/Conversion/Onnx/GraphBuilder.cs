using Google.Protobuf;

namespace Rondo.Conversion.Onnx;

/// <summary>Puts the nodes of a graph together. Each tensor has two dimensions, rows × width, unless a method says otherwise.</summary>
internal sealed class GraphBuilder
{
    /// <summary>The domain of the operators of classical machine learning.</summary>
    public const string MachineLearning = "ai.onnx.ml";

    private const int IrVersion = 8;
    private const int OpsetVersion = 17;
    private const int MachineLearningVersion = 3;

    private readonly GraphProto _graph = new() { Name = "model" };
    private int _number;

    /// <summary>Adds an input of the model.</summary>
    public OnnxValue Input(string name, ElementType type, int width)
    {
        _graph.Input.Add(Info(name, type, width));
        return new(name, type, width);
    }

    /// <summary>Makes a tensor an output of the model.</summary>
    public void Output(string name, OnnxValue value)
    {
        _graph.Node.Add(
            new NodeProto
            {
                OpType = "Identity",
                Input = { value.Name },
                Output = { name },
            }
        );
        _graph.Output.Add(Info(name, value.Type, value.Width));
    }

    /// <summary>Adds a node with one output, and gives the name of that.</summary>
    public string Node(string operation, string[] inputs, params AttributeProto[] attributes) =>
        Node("", operation, inputs, attributes);

    /// <inheritdoc cref="Node(string, string[], AttributeProto[])"/>
    public string Node(string domain, string operation, string[] inputs, AttributeProto[] attributes)
    {
        // No column's name begins with a space in a model that anybody can send rows to.
        var output = FormattableString.Invariant($" {operation}{_number++}");
        _graph.Node.Add(
            new NodeProto
            {
                OpType = operation,
                Domain = domain,
                Name = output.TrimStart(),
                Input = { inputs },
                Output = { output },
                Attribute = { attributes },
            }
        );
        return output;
    }

    public string Floats(IEnumerable<float> values, params long[] shape)
    {
        var tensor = Constant(ElementType.Single, shape);
        tensor.FloatData.AddRange(values);
        return tensor.Name;
    }

    public string Doubles(IEnumerable<double> values, params long[] shape)
    {
        var tensor = Constant(ElementType.Double, shape);
        tensor.DoubleData.AddRange(values);
        return tensor.Name;
    }

    public string Longs(IEnumerable<long> values, params long[] shape)
    {
        var tensor = Constant(ElementType.Int64, shape);
        tensor.Int64Data.AddRange(values);
        return tensor.Name;
    }

    public string Texts(IEnumerable<string> values, params long[] shape)
    {
        var tensor = Constant(ElementType.Text, shape);
        tensor.StringData.AddRange(values.Select(ByteString.CopyFromUtf8));
        return tensor.Name;
    }

    /// <summary>The value as another type; itself where it is of that type.</summary>
    public OnnxValue Cast(OnnxValue value, ElementType type) =>
        value.Type == type
            ? value
            : new(Node("Cast", [value.Name], Attribute("to", (long)type)), type, value.Width, value.Keys);

    /// <summary>The model as it is written to a file.</summary>
    public ModelProto ToModel() =>
        new()
        {
            IrVersion = IrVersion,
            ProducerName = "rondo",
            Graph = _graph,
            OpsetImport =
            {
                new OperatorSetIdProto { Domain = "", Version = OpsetVersion },
                new OperatorSetIdProto { Domain = MachineLearning, Version = MachineLearningVersion },
            },
        };

    public static AttributeProto Attribute(string name, long value) =>
        new()
        {
            Name = name,
            Type = AttributeProto.Types.AttributeType.Int,
            I = value,
        };

    public static AttributeProto Attribute(string name, float value) =>
        new()
        {
            Name = name,
            Type = AttributeProto.Types.AttributeType.Float,
            F = value,
        };

    public static AttributeProto Attribute(string name, string value) =>
        new()
        {
            Name = name,
            Type = AttributeProto.Types.AttributeType.String,
            S = ByteString.CopyFromUtf8(value),
        };

    public static AttributeProto Attribute(string name, IEnumerable<float> values) =>
        new()
        {
            Name = name,
            Type = AttributeProto.Types.AttributeType.Floats,
            Floats = { values },
        };

    public static AttributeProto Attribute(string name, IEnumerable<long> values) =>
        new()
        {
            Name = name,
            Type = AttributeProto.Types.AttributeType.Ints,
            Ints = { values },
        };

    public static AttributeProto Attribute(string name, IEnumerable<string> values) =>
        new()
        {
            Name = name,
            Type = AttributeProto.Types.AttributeType.Strings,
            Strings = { values.Select(ByteString.CopyFromUtf8) },
        };

    private TensorProto Constant(ElementType type, long[] shape)
    {
        var tensor = new TensorProto
        {
            Name = FormattableString.Invariant($" constant{_number++}"),
            DataType = (int)type,
            Dims = { shape },
        };
        _graph.Initializer.Add(tensor);
        return tensor;
    }

    private static ValueInfoProto Info(string name, ElementType type, int width) =>
        new()
        {
            Name = name,
            Type = new TypeProto
            {
                TensorType = new TypeProto.Types.Tensor
                {
                    ElemType = (int)type,
                    Shape = new TensorShapeProto
                    {
                        Dim =
                        {
                            new TensorShapeProto.Types.Dimension { DimParam = "rows" },
                            new TensorShapeProto.Types.Dimension { DimValue = width },
                        },
                    },
                },
            },
        };
}
