//! The three baselines over HTTP.

use crate::Failure;
use crate::read::{Caller, Reader};
use crate::statements as sql;
use crate::write;
use crate::writer::Writer;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt};
use std::path::{Path, PathBuf};

/// What one worker has.
pub(crate) struct Worker {
    reader: Reader,
    writer: Writer,
    folded: &'static str,
}

impl Worker {
    pub(crate) fn new(file: &Path, writer: Writer, folded: &'static str) -> Result<Self, Failure> {
        Ok(Self { reader: Reader::open(file)?, writer, folded })
    }

    fn caller(&self, request: &HttpRequest) -> Result<Caller, Failure> {
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer ")).ok_or("no token")?;
        Ok(self.reader.caller(token)?.ok_or("an unknown token")?)
    }
}

/// The folded copy of some user, to write rows of the size that the server writes.
pub(crate) fn folded(file: &Path) -> Result<&'static str, Failure> {
    let conn = rusqlite::Connection::open(file)?;
    let sql = "select folded from scim_document where folded like '%schemas:core:2.0:User%' limit 1";
    let folded: String = conn.query_row(sql, [], |row| row.get(0)).unwrap_or_else(|_no_user| "{}".to_owned());
    Ok(folded.leak())
}

pub(crate) fn serve(file: &Path, address: &str) -> Result<(), Failure> {
    let (writer, folded, file) = (Writer::start(file)?, folded(file)?, PathBuf::from(file));
    // told now rather than by each worker
    drop(Reader::open(&file)?);
    rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            let worker = Worker::new(&file, writer.clone(), folded);
            App::new().configure(|config| match worker {
                Ok(worker) => routes(config, worker),
                Err(error) => eprintln!("baselines: {error}"),
            })
        })
        .bind(address)?;
        for address in server.addrs() {
            println!("baselines: accepting connections on http://{address}");
        }
        Ok(server.run().await?)
    })
}

pub(crate) fn routes(config: &mut ServiceConfig, worker: Worker) {
    config
        .app_data(Data::new(worker))
        .app_data(web::PayloadConfig::new(1 << 20))
        .route("/bare/{bytes}", web::get().to(bare))
        .route("/one-row/scim/v2/Users", web::post().to(one_row))
        .service(
            web::scope("/scim/v2")
                .route("/Users", web::get().to(list))
                .route("/Users", web::post().to(create))
                .route("/Users/{id}", web::get().to(user))
                .route("/Users/{id}", web::patch().to(patch))
                .route("/Groups/{id}", web::get().to(group))
                .route("/Groups/{id}", web::patch().to(member)),
        );
}

type Answer = Result<HttpResponse, actix_web::Error>;

fn failed(error: Failure) -> actix_web::Error {
    actix_web::error::ErrorInternalServerError(error)
}

fn database(error: rusqlite::Error) -> actix_web::Error {
    failed(error.into())
}

fn scim(text: String) -> HttpResponse {
    HttpResponse::Ok().content_type("application/scim+json").body(text)
}

fn found(text: Option<String>) -> HttpResponse {
    text.map_or_else(|| HttpResponse::NotFound().finish(), scim)
}

async fn bare(bytes: web::Path<usize>) -> HttpResponse {
    static TEXT: [u8; 200_000] = [b'x'; 200_000];
    let text = TEXT.get(..*bytes).unwrap_or_default();
    HttpResponse::Ok().content_type("application/scim+json").body(Bytes::from_static(text))
}

async fn user(worker: Data<Worker>, request: HttpRequest, id: web::Path<String>) -> Answer {
    let caller = worker.caller(&request).map_err(failed)?;
    worker.reader.user(caller.tenant, &id).map(found).map_err(database)
}

async fn group(worker: Data<Worker>, request: HttpRequest, id: web::Path<String>) -> Answer {
    let caller = worker.caller(&request).map_err(failed)?;
    let members = !request.query_string().contains("excludedAttributes=members");
    worker.reader.group(caller.tenant, &id, members).map(found).map_err(database)
}

async fn list(worker: Data<Worker>, request: HttpRequest) -> Answer {
    let caller = worker.caller(&request).map_err(failed)?;
    let query = request.query_string();
    let text = match query.strip_prefix("filter=") {
        Some(filter) => {
            let value = filter.split("%22").nth(1).unwrap_or_default().replace("%40", "@").to_lowercase();
            let statement = if filter.starts_with("userName") { sql::BY_NAME } else { sql::BY_EMAIL };
            worker.reader.matches(caller.tenant, statement, &value)
        }
        None => {
            let start = query.strip_prefix("startIndex=").and_then(|rest| rest.split('&').next());
            worker.reader.page(caller.tenant, start.and_then(|start| start.parse().ok()).unwrap_or(1))
        }
    };
    text.map(scim).map_err(database)
}

fn text_of(body: &Bytes) -> Result<String, Failure> {
    Ok(std::str::from_utf8(body)?.to_owned())
}

async fn create(worker: Data<Worker>, request: HttpRequest, body: Bytes) -> Answer {
    let caller = worker.caller(&request).map_err(failed)?;
    let work = text_of(&body).and_then(|text| write::create(text, caller, worker.folded)).map_err(failed)?;
    let text = worker.writer.write(work).await.map_err(failed)?;
    Ok(HttpResponse::Created().content_type("application/scim+json").body(text))
}

async fn one_row(worker: Data<Worker>, body: Bytes) -> Answer {
    let work = write::one_row(text_of(&body).map_err(failed)?);
    let text = worker.writer.write(work).await.map_err(failed)?;
    Ok(HttpResponse::Created().content_type("application/scim+json").body(text))
}

async fn patch(worker: Data<Worker>, request: HttpRequest, id: web::Path<String>, body: Bytes) -> Answer {
    let caller = worker.caller(&request).map_err(failed)?;
    // the document that the operations are applied to is read before the transaction
    let _doc = worker.reader.row(caller.tenant, "User", &id).map_err(database)?;
    let text = text_of(&body).map_err(failed)?;
    let work = write::patch(&text, id.into_inner(), caller, worker.folded).map_err(failed)?;
    worker.writer.write(work).await.map(scim).map_err(failed)
}

async fn member(worker: Data<Worker>, request: HttpRequest, id: web::Path<String>, body: Bytes) -> Answer {
    let caller = worker.caller(&request).map_err(failed)?;
    let text = text_of(&body).map_err(failed)?;
    let work = write::member(&text, id.into_inner(), caller).map_err(failed)?;
    worker.writer.write(work).await.map_err(failed)?;
    Ok(HttpResponse::NoContent().finish())
}
