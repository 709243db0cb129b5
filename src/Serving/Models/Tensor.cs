namespace Rondo.Serving.Models;

/// <summary>A named tensor of one request: row after row, each of <see cref="Width"/> elements. Its memory is used again by later requests.</summary>
public abstract class Tensor(string name, TensorType type, int width)
{
    public string Name { get; } = name;

    public TensorType Type { get; } = type;

    /// <summary>Elements of one row: 1 for a scalar.</summary>
    public int Width { get; } = width;

    private bool[]? _missing;

    /// <summary>Makes room for so many rows; what was in it is undefined afterwards, and nothing is missing.</summary>
    internal virtual void Resize(int rows) => _missing = null;

    /// <summary>Whether a request had null for an element, which only models with a preparation take.</summary>
    internal bool IsMissing(int index) => _missing is { } missing && index < missing.Length && missing[index];

    /// <summary>Notes that an element is missing; a number is to be not a number then, and a text empty.</summary>
    internal void SetMissing(int index, int count)
    {
        _missing ??= new bool[count];
        _missing[index] = true;
    }

    /// <summary>The first element of a row as a number; NaN for text and for what is missing.</summary>
    public abstract double NumberAt(int index);

    internal static Tensor Create(string name, TensorType type, int width) =>
        type switch
        {
            TensorType.FP32 => new Tensor<float>(name, type, width, value => value),
            TensorType.FP64 => new Tensor<double>(name, type, width, value => value),
            TensorType.INT32 => new Tensor<int>(name, type, width, value => value),
            TensorType.INT64 => new Tensor<long>(name, type, width, value => value),
            TensorType.BOOL => new Tensor<bool>(name, type, width, value => value ? 1 : 0),
            _ => new Tensor<string>(name, type, width, _ => double.NaN),
        };
}

/// <summary>A tensor whose elements are of one .NET type: float, double, int, long, bool or string.</summary>
public sealed class Tensor<T> : Tensor
{
    private readonly Func<T, double> _toNumber;

    internal Tensor(string name, TensorType type, int width, Func<T, double> toNumber)
        : base(name, type, width)
    {
        _toNumber = toNumber;
        Values = new T[width];
    }

    /// <summary>The elements; only the first rows × width of them belong to the request.</summary>
    public T[] Values { get; private set; }

    public override double NumberAt(int index) => IsMissing(index) ? double.NaN : _toNumber(Values[index]);

    internal override void Resize(int rows)
    {
        base.Resize(rows);
        if (Values.Length < rows * Width)
        {
            Values = new T[rows * Width];
        }
    }
}
