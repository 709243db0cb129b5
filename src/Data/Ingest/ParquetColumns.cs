using System.Globalization;
using System.Runtime.InteropServices;
using Parquet;
using Parquet.Schema;

namespace Rondo.Data;

internal static class ParquetColumns
{
    private const string NoColumns = "rondo.no_columns";

    private static readonly ParquetOptions Options = new()
    {
        CompressionMethod = CompressionMethod.Zstd,
        // The default level costs thirty times the time and saves a fifth of the bytes.
        CompressionLevel = System.IO.Compression.CompressionLevel.Fastest,
        UseDateOnlyTypeForDates = true,
        TreatByteArrayAsString = true,
    };

    public static void Write(Table table, Stream stream, Dictionary<string, string> metadata) =>
        WriteAsync(table, stream, metadata).GetAwaiter().GetResult();

    public static (Table Table, IReadOnlyDictionary<string, string> Metadata) Read(Stream stream)
    {
        try
        {
            return ReadAsync(stream).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is IOException or InvalidDataException or FormatException or ParquetException)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The bytes are not a readable Parquet file: {e.Message}",
                "Give a whole Parquet file.",
                e
            );
        }
    }

    private static async Task WriteAsync(Table table, Stream stream, Dictionary<string, string> metadata)
    {
        if (table.Columns.Count == 0)
        {
            // A Parquet file has at least one column.
            table = new Table(Column.OfMissing(NoColumns, ColumnType.Boolean, 0));
        }

        var fields = table.Columns.Select(FieldOf).ToArray();
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), stream, Options);
        writer.CustomMetadata = metadata;
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
        await using var reader = await ParquetReader.CreateAsync(stream, Options, leaveStreamOpen: true);
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

    private static async Task<Column> ReadAsync(ParquetRowGroupReader group, Field field)
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
            _ when clr == typeof(bool) => Column.Of(data.Name, await ReadAsync<bool>(group, data, count)),
            _ when clr == typeof(double) => Column.Of(data.Name, await ReadAsync<double>(group, data, count)),
            _ when clr == typeof(float) => Numbers(data.Name, await ReadAsync<float>(group, data, count), v => v),
            _ when clr == typeof(decimal) => Numbers(
                data.Name,
                await ReadAsync<decimal>(group, data, count),
                v => (double)v
            ),
            _ when clr == typeof(long) => Column.Of(data.Name, await ReadAsync<long>(group, data, count)),
            _ when clr == typeof(int) => Whole(data.Name, await ReadAsync<int>(group, data, count), v => v),
            _ when clr == typeof(short) => Whole(data.Name, await ReadAsync<short>(group, data, count), v => v),
            _ when clr == typeof(sbyte) => Whole(data.Name, await ReadAsync<sbyte>(group, data, count), v => v),
            _ when clr == typeof(byte) => Whole(data.Name, await ReadAsync<byte>(group, data, count), v => v),
            _ when clr == typeof(ushort) => Whole(data.Name, await ReadAsync<ushort>(group, data, count), v => v),
            _ when clr == typeof(uint) => Whole(data.Name, await ReadAsync<uint>(group, data, count), v => v),
            _ when clr == typeof(DateOnly) => Column.Of(data.Name, await ReadAsync<DateOnly>(group, data, count)),
            _ when clr == typeof(DateTime) => Instants(data.Name, await ReadAsync<DateTime>(group, data, count)),
            _ => throw Unsupported(data.Name, clr.Name),
        };
    }

    private static async Task<T?[]> ReadAsync<T>(ParquetRowGroupReader group, DataField field, int count)
        where T : struct
    {
        var values = new T?[count];
        if (field.IsNullable)
        {
            await group.ReadAsync<T>(field, values.AsMemory());
            return values;
        }

        var present = new T[count];
        await group.ReadAsync<T>(field, present.AsMemory());
        return Array.ConvertAll(present, v => (T?)v);
    }

    private static async Task<Column> ReadTextsAsync(ParquetRowGroupReader group, DataField field, int count)
    {
        var texts = new string?[count];
        await group.ReadAsync(field, texts.AsMemory()!);
        return Column.Of(field.Name, texts);
    }

    private static Column Numbers<T>(string name, T?[] values, Func<T, double> convert)
        where T : struct => Column.Of(name, Array.ConvertAll(values, v => v is { } x ? convert(x) : (double?)null));

    private static Column Whole<T>(string name, T?[] values, Func<T, long> convert)
        where T : struct => Column.Of(name, Array.ConvertAll(values, v => v is { } x ? convert(x) : (long?)null));

    private static Column Instants(string name, DateTime?[] values) =>
        Column.Of(
            name,
            Array.ConvertAll(
                values,
                v => v is { } x ? new DateTimeOffset(DateTime.SpecifyKind(x, DateTimeKind.Utc)) : (DateTimeOffset?)null
            )
        );

    private static RondoException Unsupported(string column, string what) =>
        new(
            ErrorCode.InvalidArgument,
            $"Parquet column '{column}' holds {what}, which a table cannot hold.",
            "Flatten it to booleans, numbers, texts, dates or timestamps, or leave it out."
        );
}
