using static Rondo.Data.ThriftType;

namespace Rondo.Data;

/// <summary>
/// The types of what stands in the footer of a Parquet file (parquet.thrift of the Apache Parquet format, version 2.11). Fields that are not here are taken as they are.
/// </summary>
internal static class ParquetFooter
{
    private static readonly ThriftType s_schemaElement = Struct(
        Int, // type
        Int, // type_length
        Int, // repetition_type
        Bytes, // name
        Int, // num_children
        Int, // converted_type
        Int, // scale
        Int, // precision
        Int, // field_id
        Any // logicalType
    );

    private static readonly ThriftType s_keyValue = Struct(Bytes, Bytes);

    // Largest and least as they were and as they are, in between how many are missing and different; whether the two are exact.
    private static readonly ThriftType s_statistics = Struct(Bytes, Bytes, Long, Long, Bytes, Bytes, Truth, Truth);

    private static readonly ThriftType s_columnMetadata = Struct(
        Int, // type
        ListOf(Int), // encodings
        ListOf(Bytes), // path_in_schema
        Int, // codec
        Long, // num_values
        Long, // total_uncompressed_size
        Long, // total_compressed_size
        ListOf(s_keyValue),
        Long, // data_page_offset
        Long, // index_page_offset
        Long, // dictionary_page_offset
        s_statistics,
        ListOf(Struct(Int, Int, Int)), // encoding_stats
        Long, // bloom_filter_offset
        Int, // bloom_filter_length
        Struct(Long, ListOf(Long), ListOf(Long)) // size_statistics
    );

    private static readonly ThriftType s_columnChunk = Struct(
        Bytes, // file_path
        Long, // file_offset
        s_columnMetadata,
        Long, // offset_index_offset
        Int, // offset_index_length
        Long, // column_index_offset
        Int, // column_index_length
        Any, // crypto_metadata
        Bytes // encrypted_column_metadata
    );

    private static readonly ThriftType s_rowGroup = Struct(
        ListOf(s_columnChunk),
        Long, // total_byte_size
        Long, // num_rows
        ListOf(Struct(Int, Truth, Truth)), // sorting_columns
        Long, // file_offset
        Long, // total_compressed_size
        Short // ordinal
    );

    /// <summary>The whole of it: <c>FileMetaData</c>.</summary>
    public static ThriftType Type { get; } =
        Struct(
            Int, // version
            ListOf(s_schemaElement),
            Long, // num_rows
            ListOf(s_rowGroup),
            ListOf(s_keyValue),
            Bytes, // created_by
            ListOf(Struct(Any)), // column_orders
            Any, // encryption_algorithm
            Bytes // footer_signing_key_metadata
        );
}
