namespace Rondo.Kernel.Db;

/// <summary>
/// Takes the arguments of one row after the other, each by its position: for thousands of rows a second, where an array and an object for each
/// value would cost more than the database.
/// </summary>
public abstract class RowArguments
{
    private protected RowArguments() { }

    /// <summary>A text, or nothing.</summary>
    public void Set(int place, string? value)
    {
        if (value is null)
        {
            SetNull(place);
        }
        else
        {
            SetText(place, value);
        }
    }

    /// <summary>A whole number.</summary>
    public abstract void Set(int place, long value);

    /// <summary>A number.</summary>
    public abstract void Set(int place, double value);

    /// <summary>Bytes, which are copied.</summary>
    public abstract void Set(int place, ReadOnlySpan<byte> value);

    /// <summary>Nothing.</summary>
    public abstract void SetNull(int place);

    /// <summary>A whole number, or nothing.</summary>
    public void Set(int place, long? value)
    {
        if (value is { } whole)
        {
            Set(place, whole);
        }
        else
        {
            SetNull(place);
        }
    }

    /// <summary>A number, or nothing.</summary>
    public void Set(int place, double? value)
    {
        if (value is { } number)
        {
            Set(place, number);
        }
        else
        {
            SetNull(place);
        }
    }

    private protected abstract void SetText(int place, string value);

    /// <summary>All of a row, given as objects.</summary>
    internal void Set(object?[] row)
    {
        for (var i = 0; i < row.Length; i++)
        {
            Set(i, row[i]);
        }
    }

    /// <summary>A value of any kind that a column can hold.</summary>
    internal void Set(int place, object? value)
    {
        switch (value)
        {
            case null:
                SetNull(place);
                break;
            case string text:
                Set(place, text);
                break;
            case long whole:
                Set(place, whole);
                break;
            case int whole:
                Set(place, (long)whole);
                break;
            case double number:
                Set(place, number);
                break;
            case var other:
                throw new InvalidOperationException($"A column cannot hold a {other.GetType().Name}.");
        }
    }

    /// <summary>The arguments of one row as objects, for a database that is told them so.</summary>
    internal sealed class AsObjects(int count) : RowArguments
    {
        public object?[] Values { get; } = new object?[count];

        private protected override void SetText(int place, string value) => Values[place] = value;

        public override void Set(int place, long value) => Values[place] = value;

        public override void Set(int place, double value) => Values[place] = value;

        public override void Set(int place, ReadOnlySpan<byte> value) => Values[place] = value.ToArray();

        public override void SetNull(int place) => Values[place] = null;
    }
}
