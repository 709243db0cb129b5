using System.Buffers;
using System.Buffers.Binary;
using Parquet;
using Parquet.Schema;

namespace Rondo.Data;

internal static class ParquetColumns
{
    public const string NoColumns = "rondo.no_columns";

    private static readonly ParquetOptions s_options = new()
    {
        CompressionMethod = CompressionMethod.Zstd,
        // The default level costs thirty times the time and saves a fifth of the bytes.
        CompressionLevel = System.IO.Compression.CompressionLevel.Fastest,
        UseDateOnlyTypeForDates = true,
        TreatByteArrayAsString = true,
    };

    public static void Write(Table table, Stream stream, Dictionary<string, string> metadata) =>
        WriteAsync(table, stream, metadata).GetAwaiter().GetResult();

    public static (Table Table, IReadOnlyDictionary<string, string> Metadata) Read(Stream stream) =>
        Guarded(() => ReadAsync(stream));

    public static Task<ParquetReader> OpenAsync(Stream stream)
    {
        RequireFooter(stream);
        return ParquetReader.CreateAsync(stream, s_options, leaveStreamOpen: true);
    }

    // Magic, columns, footer, the footer's length, magic. The library trusts what the footer says of lengths.
    private static void RequireFooter(Stream stream)
    {
        const int magic = 4;
        Span<byte> tail = stackalloc byte[sizeof(int) + magic];
        if (stream.Length < magic + tail.Length)
        {
            throw new InvalidDataException("It is too short.");
        }

        stream.Seek(-tail.Length, SeekOrigin.End);
        stream.ReadExactly(tail);
        var length = BinaryPrimitives.ReadInt32LittleEndian(tail);
        if (!tail[^magic..].SequenceEqual("PAR1"u8) || length <= 0 || length > stream.Length - magic - tail.Length)
        {
            throw new InvalidDataException("It does not end as such files do.");
        }

        var footer = new byte[length];
        stream.Seek(-tail.Length - length, SeekOrigin.End);
        stream.ReadExactly(footer);
        stream.Seek(0, SeekOrigin.Begin);
        if (!ThriftShape.IsStruct(footer, ParquetFooter.Type))
        {
            throw new InvalidDataException("Its footer is broken.");
        }
    }

    /// <summary>Reads, and says in plain words where the bytes are not what they should be: the library fails in many ways on such.</summary>
    public static T Guarded<T>(Func<Task<T>> read)
    {
        try
        {
            return read().GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is not (RondoException or OutOfMemoryException))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The bytes are not a readable Parquet file: {e.Message.TrimEnd('.')}.",
                "Give a whole Parquet file.",
                e
            );
        }
    }

    /// <summary>Writes rows that come part by part, a row group each; what else is to be known is asked for after the last.</summary>
    public static void Write(IEnumerable<Table> parts, Stream stream, Func<Dictionary<string, string>> metadata) =>
        WriteAsync(parts, stream, metadata).GetAwaiter().GetResult();

    private static Task WriteAsync(Table table, Stream stream, Dictionary<string, string> metadata) =>
        WriteAsync([table], stream, () => metadata);

    private static async Task WriteAsync(
        IEnumerable<Table> parts,
        Stream stream,
        Func<Dictionary<string, string>> metadata
    )
    {
        ParquetWriter? writer = null;
        DataField[] fields = [];
        try
        {
            foreach (var part in parts.DefaultIfEmpty(Table.Empty))
            {
                // A Parquet file has at least one column.
                var table =
                    part.Columns.Count > 0 ? part : new Table(Column.OfMissing(NoColumns, ColumnType.Boolean, 0));
                if (writer is null)
                {
                    fields = [.. table.Columns.Select(FieldOf)];
                    writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), stream, s_options);
                }

                await WriteGroupAsync(writer, fields, table);
            }

            writer!.CustomMetadata = metadata();
        }
        finally
        {
            if (writer is not null)
            {
                await writer.DisposeAsync();
            }
        }
    }

    private static async Task WriteGroupAsync(ParquetWriter writer, DataField[] fields, Table table)
    {
        using var group = writer.CreateRowGroup();
        for (var i = 0; i < fields.Length; i++)
        {
            switch (table.Columns[i])
            {
                case Column<string> texts:
                    await group.WriteAsync(fields[i], Texts(texts));
                    break;
                case Column<double> column:
                    await WriteAsync(group, fields[i], column, static v => v);
                    break;
                case Column<long> column:
                    await WriteAsync(group, fields[i], column, static v => v);
                    break;
                case Column<bool> column:
                    await WriteAsync(group, fields[i], column, static v => v);
                    break;
                case Column<DateOnly> column:
                    await WriteAsync(group, fields[i], column, static v => v);
                    break;
                case Column<DateTimeOffset> column:
                    await WriteAsync(group, fields[i], column, static v => v.UtcDateTime);
                    break;
            }
        }

        group.CompleteValidate();
    }

    private static DataField FieldOf(Column column) =>
        column.Type switch
        {
            ColumnType.Boolean => new DataField(column.Name, typeof(bool), isNullable: true),
            ColumnType.Integer => new DataField(column.Name, typeof(long), isNullable: true),
            ColumnType.Number => new DataField(column.Name, typeof(double), isNullable: true),
            ColumnType.Text => new DataField(column.Name, typeof(string), isNullable: true),
            ColumnType.Date => new DataField(column.Name, typeof(DateOnly), isNullable: true),
            _ => new DateTimeDataField(
                column.Name,
                DateTimeFormat.Timestamp,
                isAdjustedToUTC: true,
                unit: DateTimeTimeUnit.Micros,
                isNullable: true
            ),
        };

    private static string?[] Texts(Column<string> column)
    {
        var texts = new string?[column.Count];
        for (var row = 0; row < texts.Length; row++)
        {
            texts[row] = column.IsMissing(row) ? null : column.Array[row];
        }

        return texts;
    }

    private static async Task WriteAsync<T, TStored>(
        ParquetRowGroupWriter group,
        DataField field,
        Column<T> column,
        Func<T, TStored> convert
    )
        where TStored : struct
    {
        var values = new TStored?[column.Count];
        for (var row = 0; row < values.Length; row++)
        {
            values[row] = column.IsMissing(row) ? null : convert(column.Array[row]);
        }

        await group.WriteAsync<TStored>(field, values.AsMemory());
    }

    private static async Task<(Table, IReadOnlyDictionary<string, string>)> ReadAsync(Stream stream)
    {
        await using var reader = await OpenAsync(stream);
        var groups = new List<Table>();
        for (var i = 0; i < reader.RowGroupCount; i++)
        {
            using var group = reader.OpenRowGroupReader(i);
            var columns = new List<Column>();
            foreach (var field in reader.Schema.Fields)
            {
                columns.Add(await ReadAsync(group, field));
            }

            groups.Add(new Table(columns));
        }

        var table = (groups.Count == 0 ? Table.Empty : Table.Concat(groups)).Drop(NoColumns);
        return (table, reader.CustomMetadata ?? new Dictionary<string, string>(StringComparer.Ordinal));
    }

    /// <summary>What a column without rows is.</summary>
    public static ColumnType TypeOf(Field field) =>
        (field as DataField)?.ClrType switch
        {
            { } clr when clr == typeof(bool) => ColumnType.Boolean,
            { } clr when clr == typeof(double) || clr == typeof(float) || clr == typeof(decimal) => ColumnType.Number,
            { } clr when clr == typeof(DateOnly) => ColumnType.Date,
            { } clr when clr == typeof(DateTime) => ColumnType.Timestamp,
            { IsPrimitive: true } => ColumnType.Integer,
            _ => ColumnType.Text,
        };

    public static async Task<Column> ReadAsync(ParquetRowGroupReader group, Field field)
    {
        if (field is not DataField { IsArray: false } data)
        {
            throw Unsupported(field.Name, "a list, map or group");
        }

        var count = checked((int)group.RowCount);
        var clr = data.ClrType;
        return clr switch
        {
            _ when clr == typeof(string) || clr == typeof(ReadOnlyMemory<char>) => await ReadTextsAsync(
                group,
                data,
                count
            ),
            _ when clr == typeof(bool) => await PlainAsync<bool>(group, data, ColumnType.Boolean),
            _ when clr == typeof(double) => await PlainAsync<double>(group, data, ColumnType.Number),
            _ when clr == typeof(float) => await NumbersAsync<float>(group, data, static v => v),
            _ when clr == typeof(decimal) => await NumbersAsync<decimal>(group, data, static v => (double)v),
            _ when clr == typeof(long) => await PlainAsync<long>(group, data, ColumnType.Integer),
            _ when clr == typeof(int) => await WholeAsync<int>(group, data, static v => v),
            _ when clr == typeof(short) => await WholeAsync<short>(group, data, static v => v),
            _ when clr == typeof(sbyte) => await WholeAsync<sbyte>(group, data, static v => v),
            _ when clr == typeof(byte) => await WholeAsync<byte>(group, data, static v => v),
            _ when clr == typeof(ushort) => await WholeAsync<ushort>(group, data, static v => v),
            _ when clr == typeof(uint) => await WholeAsync<uint>(group, data, static v => v),
            _ when clr == typeof(DateOnly) => await PlainAsync<DateOnly>(group, data, ColumnType.Date),
            _ when clr == typeof(DateTime) => await ConvertedAsync<DateTime, DateTimeOffset>(
                group,
                data,
                ColumnType.Timestamp,
                static v => Timestamps.Normal(new DateTimeOffset(DateTime.SpecifyKind(v, DateTimeKind.Utc)))
            ),
            _ => throw Unsupported(data.Name, clr.Name),
        };
    }

    private static async Task<Column> PlainAsync<T>(ParquetRowGroupReader group, DataField field, ColumnType type)
        where T : struct
    {
        var (values, missing) = await ReadAsync<T>(group, field);
        return new Column<T>(field.Name, type, values, missing);
    }

    private static Task<Column> NumbersAsync<T>(
        ParquetRowGroupReader group,
        DataField field,
        Converter<T, double> convert
    )
        where T : struct => ConvertedAsync(group, field, ColumnType.Number, convert);

    private static Task<Column> WholeAsync<T>(ParquetRowGroupReader group, DataField field, Converter<T, long> convert)
        where T : struct => ConvertedAsync(group, field, ColumnType.Integer, convert);

    private static async Task<Column> ConvertedAsync<T, TValue>(
        ParquetRowGroupReader group,
        DataField field,
        ColumnType type,
        Converter<T, TValue> convert
    )
        where T : struct
    {
        var (values, missing) = await ReadAsync<T>(group, field);
        return new Column<TValue>(field.Name, type, Array.ConvertAll(values, convert), missing);
    }

    private static async Task<(T[] Values, bool[]? Missing)> ReadAsync<T>(ParquetRowGroupReader group, DataField field)
        where T : struct
    {
        var values = new T[checked((int)group.RowCount)];
        if (!field.IsNullable)
        {
            await group.ReadRawAsync<T>(field, values, null, null);
            return (values, null);
        }

        var levels = ArrayPool<int>.Shared.Rent(values.Length);
        await group.ReadRawAsync<T>(field, values, levels.AsMemory(0, values.Length), null);
        var missing = Spread(values, levels.AsSpan(0, values.Length));
        ArrayPool<int>.Shared.Return(levels);
        return (values, missing);
    }

    // Those that are there come one after the other: from the last on, each goes to its row. A level of 0 is a row without a value.
    private static bool[]? Spread<T>(T[] values, ReadOnlySpan<int> levels)
        where T : struct
    {
        var from = levels.Length - levels.Count(0);
        if (from == levels.Length)
        {
            return null;
        }

        var missing = new bool[values.Length];
        for (var row = values.Length - 1; row >= 0; row--)
        {
            missing[row] = levels[row] == 0;
            values[row] = missing[row] ? default : values[--from];
        }

        return missing;
    }

    private static async Task<Column> ReadTextsAsync(ParquetRowGroupReader group, DataField field, int count)
    {
        var texts = new string?[count];
        await group.ReadAsync(field, texts.AsMemory()!);
        return Column.Of(field.Name, texts);
    }

    private static RondoException Unsupported(string column, string what) =>
        new(
            ErrorCode.InvalidArgument,
            $"Parquet column '{column}' holds {what}, which a table cannot hold.",
            "Flatten it to booleans, numbers, texts, dates or timestamps, or leave it out."
        );
}
